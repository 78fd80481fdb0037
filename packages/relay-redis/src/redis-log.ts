import { randomBytes } from 'node:crypto'
import type { LogEntry, LogLimits, LogPage, LogPosition, LogStore } from '@echosession/core'
import { connectLike, type RedisConnection } from './redis-connection.js'
import { APPEND, READ } from './redis-log-script.js'
import { checkRedisOptions, createRedisRelay, type RedisRelayOptions } from './redis-relay.js'

/** How long Redis may take for an answer before its connection is given up for another. */
const ANSWER_MS = 4_000

function text(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply)
}

// An entry of XRANGE: its id, and its fields with their values.
function readEntry(reply: unknown): LogEntry {
  const [id, fields] = reply as [Buffer, Buffer[]]
  return { offset: Number.parseInt(text(id), 10), payload: fields[3] as Buffer }
}

class RedisLog implements LogStore {
  readonly relay: LogStore['relay']
  readonly #connection: RedisConnection
  readonly #prefix: string

  constructor({ client, prefix, sharded }: Required<RedisRelayOptions>) {
    this.#prefix = prefix
    this.relay = createRedisRelay({ client, prefix: `${prefix}log:`, sharded })
    // What is lost with a connection is for whoever waits for an answer to say.
    this.#connection = connectLike(client, sharded, { ready() {}, lost() {}, received() {} })
  }

  async append(
    room: string,
    payload: Uint8Array,
    { maxMessages, maxAgeMs }: LogLimits,
  ): Promise<LogPosition> {
    const { buffer, byteOffset, byteLength } = payload
    const bytes = Buffer.from(buffer, byteOffset, byteLength)
    const [epoch, offset] = await this.#run(APPEND, room, [`${maxAgeMs}`, `${maxMessages}`, bytes])
    return { epoch: text(epoch), offset: Number(offset) }
  }

  async read(
    room: string,
    after: LogPosition | undefined,
    maxEntries: number,
    { maxAgeMs }: LogLimits,
  ): Promise<LogPage> {
    const { epoch = '', offset = 0 } = after ?? {}
    const reply = await this.#run(READ, room, [`${maxAgeMs}`, `${maxEntries}`, epoch, `${offset}`])
    const [now, last, complete, entries] = reply as [Buffer, number, number, unknown[]]
    return {
      position: { epoch: text(now), offset: Number(last) },
      complete: after === undefined || Number(complete) === 1,
      entries: entries.map(readEntry),
    }
  }

  async close(): Promise<void> {
    this.#connection.end()
  }

  // Both keys of a room are in one slot of a cluster.
  async #run(script: string, room: string, args: readonly (string | Buffer)[]): Promise<unknown[]> {
    const connection = this.#connection
    if (!connection.isReady) throw new Error('Redis is not connected')
    const slot = `${this.#prefix}{${encodeURIComponent(room)}}`
    const epoch = randomBytes(12).toString('base64url')
    const line = ['EVAL', script, '2', `${slot}:meta`, `${slot}:log`, epoch, ...args]
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`Redis did not answer within ${ANSWER_MS} ms`))
        connection.renew()
      }, ANSWER_MS)
      connection
        .command(line)
        .then((reply) => resolve(reply as unknown[]), reject)
        .finally(() => clearTimeout(late))
    })
  }
}

/**
 * Keeps the history of rooms in Redis Streams, for `createRoomLog`. Each room is a stream and a hash that expire together
 * when nobody has used the room for `maxAgeMs`. What Redis loses in a crash is lost: run it with `appendfsync always` where
 * no message may be.
 * @throws TypeError with `ES_ERR_OPTION` for a client, a prefix or a flag that cannot be one.
 * @example
 * ```ts
 * import { createRoomLog, createSessions } from '@echosession/core'
 * import { createRedisLog } from '@echosession/relay-redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://127.0.0.1:6379' })
 * const log = createRoomLog(createSessions(), createRedisLog({ client }), { maxMessages: 500 })
 * await log.append('news', 'kept for an hour')
 * ```
 */
export function createRedisLog(options: RedisRelayOptions): LogStore {
  const { client, prefix = 'echosession:', sharded = false } = options
  checkRedisOptions({ client, prefix, sharded })
  return new RedisLog({ client, prefix, sharded })
}
