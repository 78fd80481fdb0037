import {
  argumentError,
  describe,
  type LogEntry,
  type LogLimits,
  type LogPage,
  type LogPosition,
  type LogStore,
} from '@echosession/core'
import type { NatsConnection } from '@nats-io/transport-node'
import { epochOf, NatsLogStream } from './nats-log-stream.js'
import { createNatsRelay } from './nats-relay.js'
import { checkPrefix, subjectOf } from './nats-subject.js'
import { SilentRooms } from './silent-rooms.js'

/** What {@link createNatsLog} takes. */
export interface NatsLogOptions {
  /** The connection to use, as `connect` of `@nats-io/transport-node` makes it. It stays the caller's, who closes it. */
  readonly connection: NatsConnection
  /**
   * What the subjects begin with; processes with the same one share their rooms.
   * @defaultValue `'echosession'`
   */
  readonly prefix?: string
  /**
   * The name of the stream, which is made when it is not there.
   * @defaultValue the prefix with `-log`, and `=` for each dot
   */
  readonly stream?: string
  /**
   * On how many servers of a cluster the stream is kept, 1 to 5.
   * @defaultValue 1 for a stream that is made; one that is there stays as it is
   */
  readonly replicas?: number
}

// The server has nobody who takes what is published: the stream is gone, or JetStream is.
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoResponders' || isUnanswered(error.cause))
}

class NatsLog implements LogStore {
  readonly relay: LogStore['relay']
  readonly #prefix: string
  readonly #stream: NatsLogStream
  readonly #silent = new SilentRooms()
  /** What was added last. */
  #latest: object | undefined

  constructor(relay: LogStore['relay'], prefix: string, stream: NatsLogStream) {
    this.relay = relay
    this.#prefix = prefix
    this.#stream = stream
  }

  async append(room: string, payload: Uint8Array, limits: LogLimits): Promise<LogPosition> {
    const turn = {}
    this.#latest = turn
    const subject = subjectOf(this.#prefix, room)
    const epoch = await this.#stream.settled(limits)
    try {
      return { epoch, offset: await this.#stream.publish(subject, payload) }
    } catch (error) {
      // Once more on a new stream, unless that would put it behind what was added later.
      if (!isUnanswered(error) || this.#latest !== turn) throw error
      this.#stream.unsettle()
      const now = await this.#stream.settled(limits)
      return { epoch: now, offset: await this.#stream.publish(subject, payload) }
    }
  }

  async read(
    room: string,
    after: LogPosition | undefined,
    maxEntries: number,
    limits: LogLimits,
  ): Promise<LogPage> {
    const subject = subjectOf(this.#prefix, room)
    const before = await this.#stream.look(subject, limits)
    const newest = await this.#stream.newest(subject)
    const epoch = epochOf(before)
    const end = Math.max(before.state.last_seq, newest?.seq ?? 0)
    const position = { epoch, offset: newest?.seq ?? end }
    if (after === undefined) return { position, complete: true, entries: [] }
    const incomplete = { position, complete: false, entries: [] }
    if (after.epoch !== epoch || after.offset > end) return incomplete
    const from = this.#silent.endOf(subject, after)
    const entries = await this.#entries(subject, after.offset, newest?.seq ?? 0, maxEntries)
    // Only now is it known that nothing went while it was read: a room loses its oldest entries first.
    const [now, hasPosition] = await Promise.all([
      this.#stream.look(subject, limits),
      this.#stream.has(subject, after.offset),
    ])
    const kept = now.state.subjects?.[subject] ?? 0
    // Nothing behind it was too old, or one too many.
    const hasLostNothing = now.state.first_seq <= from + 1 && kept < now.config.max_msgs_per_subject
    const isNewest = newest !== null && newest.seq <= after.offset
    if (epochOf(now) !== epoch || !(hasPosition || isNewest || hasLostNothing)) return incomplete
    const silentFrom = newest === null ? after.offset : newest.seq
    this.#silent.note(subject, { epoch, offset: silentFrom }, end)
    return { position, complete: true, entries }
  }

  async close(): Promise<void> {
    this.#silent.clear()
  }

  async #entries(subject: string, after: number, newest: number, max: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = []
    let at = after
    while (at < newest && entries.length < max) {
      const message = await this.#stream.next(subject, at + 1)
      if (message === null) break
      at = message.seq
      entries.push({ offset: at, payload: message.data })
    }
    return entries
  }
}

/**
 * Keeps the history of rooms in a stream of NATS JetStream, for `createRoomLog`. All rooms share the stream; it is made, and
 * given the limits of the log, when the log is used for the first time. Needs nats-server 2.9 with JetStream.
 * @throws TypeError with `ES_ERR_OPTION` for an option that cannot be one.
 * @example
 * ```ts
 * import { createRoomLog, createSessions } from '@echosession/core'
 * import { createNatsLog } from '@echosession/relay-nats/log'
 * import { connect } from '@nats-io/transport-node'
 *
 * const connection = await connect({ servers: '127.0.0.1:4222', maxReconnectAttempts: -1 })
 * const log = createRoomLog(createSessions(), createNatsLog({ connection }), { maxMessages: 500 })
 * await log.append('news', 'kept for an hour')
 * ```
 */
export function createNatsLog(options: NatsLogOptions): LogStore {
  const { connection, prefix = 'echosession', replicas } = options
  checkPrefix(prefix)
  const { stream = `${prefix.replaceAll('.', '=')}-log` } = options
  if (typeof stream !== 'string' || !/^[\w=-]{1,200}$/.test(stream)) {
    throw argumentError(
      'ES_ERR_OPTION',
      `stream is 1 to 200 letters, digits, '_', '-' and '='; it was given ${describe(stream)}.`,
    )
  }
  if (replicas !== undefined && !(Number.isInteger(replicas) && replicas >= 1 && replicas <= 5)) {
    throw argumentError(
      'ES_ERR_OPTION',
      `replicas is a whole number from 1 to 5; it was given ${describe(replicas)}.`,
    )
  }
  const relay = createNatsRelay({ connection, prefix: `${prefix}.calls` })
  const entries = `${prefix}.log`
  const name = { stream, subjects: `${entries}.*`, replicas }
  return new NatsLog(relay, entries, new NatsLogStream(connection, name))
}
