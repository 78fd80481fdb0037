import type { IoredisClient } from './redis-client.js'
import type { ConnectionEvents, RedisConnection } from './redis-connection.js'

/** A connection by `ioredis`. */
export class IoredisConnection implements RedisConnection {
  readonly #client: IoredisClient
  readonly #isSharded: boolean

  constructor(like: IoredisClient, isSharded: boolean, events: ConnectionEvents) {
    this.#isSharded = isSharded
    this.#client = like.duplicate({
      // What cannot be sent now is rejected, and nothing that was sent is sent once more.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      enableAutoPipelining: false,
      // The relay subscribes itself, to know when it is done.
      autoResubscribe: false,
      // It would be put before the names of sharded channels.
      keyPrefix: '',
      lazyConnect: true,
    })
    let trouble: unknown
    this.#client.on('error', (error: unknown) => {
      trouble = error
    })
    this.#client.on('close', () => {
      events.lost(trouble ?? new Error('the connection to Redis was closed'))
      trouble = undefined
    })
    this.#client.on('ready', () => events.ready())
    const received = (channel: Buffer, payload: Buffer) => events.received(channel.toString(), payload)
    this.#client.on(isSharded ? 'smessageBuffer' : 'messageBuffer', received)
    // What it rejects with is reported by the events too.
    this.#client.connect().catch(() => {})
  }

  get isReady(): boolean {
    return this.#client.status === 'ready'
  }

  publish(channel: string, payload: Buffer): Promise<unknown> {
    return this.#isSharded ? this.#client.spublish(channel, payload) : this.#client.publish(channel, payload)
  }

  subscribe(channel: string): Promise<unknown> {
    return this.#isSharded ? this.#client.ssubscribe(channel) : this.#client.subscribe(channel)
  }

  unsubscribe(channel: string): Promise<unknown> {
    return this.#isSharded ? this.#client.sunsubscribe(channel) : this.#client.unsubscribe(channel)
  }

  ping(): Promise<unknown> {
    return this.#client.ping()
  }

  command([name = '', ...rest]: readonly (string | Buffer)[]): Promise<unknown> {
    return this.#client.callBuffer(name.toString(), ...rest)
  }

  renew(): void {
    this.#client.disconnect(true)
  }

  end(): void {
    this.#client.disconnect()
  }
}
