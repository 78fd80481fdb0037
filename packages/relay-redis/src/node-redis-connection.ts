import type { NodeRedisClient } from './redis-client.js'
import type { ConnectionEvents, RedisConnection } from './redis-connection.js'

// Bulk strings of the protocol are marked with `$`.
const TEXT_AS_BYTES = { ['$'.charCodeAt(0)]: Buffer }

/** A connection by `redis` (node-redis). */
export class NodeRedisConnection implements RedisConnection {
  readonly #client: NodeRedisClient
  readonly #isSharded: boolean
  readonly #events: ConnectionEvents
  // The same for every channel, so that subscribing again to one adds nothing.
  readonly #listener: (payload: Buffer, channel: Buffer) => void

  constructor(like: NodeRedisClient, isSharded: boolean, events: ConnectionEvents) {
    this.#isSharded = isSharded
    this.#events = events
    this.#listener = (payload, channel) => events.received(channel.toString(), payload)
    // Without its queue a command that cannot be sent now is rejected, and so is what a lost connection leaves unanswered.
    this.#client = like.duplicate({ disableOfflineQueue: true })
    let trouble: unknown
    this.#client.on('error', (error: unknown) => {
      trouble = error
      if (!this.isReady) events.lost(error)
    })
    this.#client.on('reconnecting', () => events.lost(trouble))
    this.#client.on('ready', () => events.ready())
    this.#connect()
  }

  get isReady(): boolean {
    return this.#client.isReady
  }

  publish(channel: string, payload: Buffer): Promise<unknown> {
    return this.#isSharded ? this.#client.sPublish(channel, payload) : this.#client.publish(channel, payload)
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#isSharded
      ? this.#client.sSubscribe(channel, this.#listener, true)
      : this.#client.subscribe(channel, this.#listener, true)
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#isSharded ? this.#client.sUnsubscribe(channel) : this.#client.unsubscribe(channel)
  }

  ping(): Promise<unknown> {
    return this.#client.ping()
  }

  command(line: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#client.sendCommand(line, { typeMapping: TEXT_AS_BYTES })
  }

  renew(): void {
    if (!this.isReady) return
    this.#client.destroy()
    this.#connect()
  }

  end(): void {
    try {
      this.#client.destroy()
    } catch {
      // It was given up by its own strategy for reconnecting.
    }
  }

  #connect(): void {
    this.#client.connect().catch((error: unknown) => this.#events.lost(error))
  }
}
