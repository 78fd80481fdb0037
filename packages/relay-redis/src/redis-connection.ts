import { IoredisConnection } from './ioredis-connection.js'
import { NodeRedisConnection } from './node-redis-connection.js'
import type { RedisClient } from './redis-client.js'

/** What a connection reports. */
export interface ConnectionEvents {
  /** Redis answers; nothing is subscribed to yet that was not before. */
  ready(): void
  /** Redis does not answer, or not any more; the client connects again by itself. Called any number of times. */
  lost(error: unknown): void
  received(channel: string, payload: Uint8Array): void
}

/** One connection to Redis of the relay's own, whichever library makes it. */
export interface RedisConnection {
  readonly isReady: boolean
  /** What these return may settle late or never when the connection is lost. */
  publish(channel: string, payload: Buffer): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  /** Sends any command; what is text in the answer comes as bytes. */
  command(line: readonly (string | Buffer)[]): Promise<unknown>
  /** Gives up this connection for another, unless another is being made already. */
  renew(): void
  end(): void
}

/** Makes a connection like the one that a client makes. */
export function connectLike(
  client: RedisClient,
  isSharded: boolean,
  events: ConnectionEvents,
): RedisConnection {
  return 'isReady' in client
    ? new NodeRedisConnection(client, isSharded, events)
    : new IoredisConnection(client, isSharded, events)
}
