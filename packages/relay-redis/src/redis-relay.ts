import { argumentError, describe, type Relay, RelayError } from '@echosession/core'
import type { RedisClient } from './redis-client.js'
import { RedisLink } from './redis-link.js'

/** What {@link createRedisRelay} and `createRedisLog` take. */
export interface RedisRelayOptions {
  /**
   * A client of `redis` or of `ioredis`. The relay makes two connections of its own like it, with the same settings, and
   * leaves this one alone; it need not be connected.
   */
  readonly client: RedisClient
  /**
   * What the names of the channels in Redis begin with; processes with the same one reach each other.
   * @defaultValue `'echosession:'`
   */
  readonly prefix?: string
  /**
   * Whether to use sharded pub/sub, `SPUBLISH` and `SSUBSCRIBE` (Redis 7). The same in every process.
   * @defaultValue `false`
   */
  readonly sharded?: boolean
}

/** Redis cuts off a subscriber that 32 MiB wait for, unless it is told otherwise; a payload is to fit in twice. */
const MAX_PAYLOAD_BYTES = 16_777_216
const MAX_PREFIX_LENGTH = 256

/** @throws TypeError with `ES_ERR_OPTION` that names what is wrong. */
export function checkRedisOptions({ client, prefix, sharded }: Required<RedisRelayOptions>): void {
  const given: unknown = client
  if (typeof given !== 'object' || given === null || typeof client.duplicate !== 'function') {
    throw argumentError(
      'ES_ERR_OPTION',
      `client is what createClient of redis returns, or a Redis of ioredis; it was given ${describe(client)}.`,
    )
  }
  if (typeof prefix !== 'string' || prefix.length > MAX_PREFIX_LENGTH) {
    throw argumentError(
      'ES_ERR_OPTION',
      `prefix is a string of at most ${MAX_PREFIX_LENGTH} UTF-16 units; it was given ${describe(prefix)}.`,
    )
  }
  if (typeof sharded !== 'boolean') {
    throw argumentError('ES_ERR_OPTION', `sharded is true or false; it was given ${describe(sharded)}.`)
  }
}

/**
 * Makes a relay on Redis: rooms and broadcasts reach the sessions of every process that is connected to the same server. It
 * uses pub/sub, which keeps nothing: at most once.
 * @throws TypeError with `ES_ERR_OPTION` for a client, a prefix or a flag that cannot be one.
 * @example
 * ```ts
 * import { createSessions } from '@echosession/core'
 * import { createRedisRelay } from '@echosession/relay-redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://127.0.0.1:6379' })
 * const sessions = createSessions({ relay: createRedisRelay({ client }) })
 * ```
 */
export function createRedisRelay(options: RedisRelayOptions): Relay {
  const { client, prefix = 'echosession:', sharded = false } = options
  checkRedisOptions({ client, prefix, sharded })
  let opened = false
  return {
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
    open(sink) {
      if (opened) throw new RelayError('connect', 'The relay was opened already; make one for each engine.')
      opened = true
      return new RedisLink(client, { prefix, sharded }, sink)
    },
  }
}
