import { randomBytes } from 'node:crypto'
import type { LogLimits } from '@echosession/core'
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  jetstream,
  type NextMsgRequest,
  RetentionPolicy,
  type SeqMsgRequest,
  StorageType,
  type StoredMsg,
  type StreamAPI,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'

/** How long the server may take for one answer. */
const ANSWER_MS = 4_000
/** How long a server remembers the ids of messages, unless it is told otherwise; more than their age it may not be. */
const DUPLICATES_MS = 120_000

const EPOCH = /\bepoch ([\w-]+)/

/** What names the stream of a log, and what it holds. */
export interface StreamName {
  readonly stream: string
  readonly subjects: string
  /** Undefined leaves it to who made the stream, and the server. */
  readonly replicas: number | undefined
}

function isMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound
}

/** Which life of the log a stream is: it is written down in its description; empty when it is not. */
export function epochOf({ config }: StreamInfo): string {
  return EPOCH.exec(config.description ?? '')?.[1] ?? ''
}

function describeNew(): string {
  return `Rooms with a history, EchoSession, epoch ${randomBytes(12).toString('base64url')}`
}

/** The stream that holds the entries of all rooms of a log. */
export class NatsLogStream {
  readonly #connection: NatsConnection
  readonly #client: JetStreamClient
  readonly #streams: Promise<StreamAPI>
  readonly #name: StreamName
  #limits: LogLimits | undefined
  #epoch: Promise<string> | undefined

  constructor(connection: NatsConnection, name: StreamName) {
    this.#connection = connection
    this.#name = name
    this.#client = jetstream(connection, { timeout: ANSWER_MS })
    this.#streams = this.#client.jetstreamManager(false).then(({ streams }) => streams)
  }

  /** Resolves with the epoch when the stream is there and has these limits. */
  settled(limits: LogLimits): Promise<string> {
    const { maxMessages, maxAgeMs } = limits
    const same = this.#limits?.maxMessages === maxMessages && this.#limits.maxAgeMs === maxAgeMs
    if (this.#epoch !== undefined && same) return this.#epoch
    const settling = this.#settle(limits)
    this.#limits = limits
    this.#epoch = settling
    settling.catch(() => {
      if (this.#epoch === settling) this.unsettle()
    })
    return settling
  }

  /** The stream may be gone: it is looked for when it is needed again. */
  unsettle(): void {
    this.#epoch = undefined
  }

  /** Adds an entry; resolves with its sequence when the stream has it. */
  async publish(subject: string, payload: Uint8Array): Promise<number> {
    this.#check()
    return (await this.#client.publish(subject, payload)).seq
  }

  /** Tells how the stream stands, with the number of entries on a subject. One that is gone is made again. */
  async look(subject: string, limits: LogLimits): Promise<StreamInfo> {
    await this.settled(limits)
    const found = await this.#find(subject)
    if (found !== undefined) return found
    this.unsettle()
    await this.settled(limits)
    return (await this.#streams).info(this.#name.stream, { subjects_filter: subject })
  }

  /** The newest entry of a subject. */
  async newest(subject: string): Promise<StoredMsg | null> {
    this.#check()
    return (await this.#streams).getMessage(this.#name.stream, { last_by_subj: subject })
  }

  /** The first entry of a subject from a sequence on. */
  async next(subject: string, seq: number): Promise<StoredMsg | null> {
    this.#check()
    // Not a direct get, which replicas answer that may lag behind.
    const query: SeqMsgRequest & NextMsgRequest = { seq, next_by_subj: subject }
    return (await this.#streams).getMessage(this.#name.stream, query)
  }

  /** Whether this very entry is still there. */
  async has(subject: string, seq: number): Promise<boolean> {
    this.#check()
    const message = seq > 0 ? await (await this.#streams).getMessage(this.#name.stream, { seq }) : null
    return message?.subject === subject
  }

  // The client would keep for later what is sent while it has no connection.
  #check(): void {
    if (this.#connection.info === undefined) throw new Error('NATS is not connected')
  }

  async #find(subject: string): Promise<StreamInfo | undefined> {
    this.#check()
    try {
      return await (await this.#streams).info(this.#name.stream, { subjects_filter: subject })
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async #settle({ maxMessages, maxAgeMs }: LogLimits): Promise<string> {
    const { stream, subjects, replicas } = this.#name
    const config = {
      // One more than are to be kept: who has it knows that nothing behind it is gone.
      max_msgs_per_subject: maxMessages + 1,
      max_age: nanos(maxAgeMs),
      duplicate_window: nanos(Math.min(maxAgeMs, DUPLICATES_MS)),
      ...(replicas === undefined ? {} : { num_replicas: replicas }),
    } satisfies Partial<StreamConfig>
    const found = (await this.#find(subjects)) ?? (await this.#add(config))
    const isSame = found.config.max_msgs_per_subject === config.max_msgs_per_subject && epochOf(found) !== ''
    const isOldEnough = found.config.max_age === config.max_age
    if (isSame && isOldEnough && found.config.num_replicas === (replicas ?? found.config.num_replicas))
      return epochOf(found)
    // What the former number has cost a room cannot be told from the new one.
    const description = isSame ? found.config.description : describeNew()
    const update = { ...config, ...(description === undefined ? {} : { description }) }
    return epochOf(await (await this.#streams).update(stream, update))
  }

  async #add(config: Partial<StreamConfig>): Promise<StreamInfo> {
    const { stream, subjects } = this.#name
    const streams = await this.#streams
    try {
      return await streams.add({
        ...config,
        name: stream,
        subjects: [subjects],
        description: describeNew(),
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        // What is taken out of the middle would be missed by nobody.
        deny_delete: true,
        deny_purge: true,
      })
    } catch (error) {
      // Another process may have been faster.
      const found = await this.#find(subjects)
      if (found === undefined) throw error
      return found
    }
  }
}
