import { RelayError, type RelayLink, type RelaySink } from '@echosession/core'
import type { RedisClient } from './redis-client.js'
import { type ConnectionEvents, connectLike, type RedisConnection } from './redis-connection.js'

/** How often Redis is asked whether it is there, and how long it has for an answer: a publication settles within twice that. */
const PING_MS = 2_000

/** What tells one relay's place in Redis from another's. */
export interface RedisPlace {
  readonly prefix: string
  readonly sharded: boolean
}

/** A relay that was opened: a connection to publish on, and one that is subscribed. */
export class RedisLink implements RelayLink {
  readonly #prefix: string
  readonly #sink: RelaySink
  readonly #publishing: RedisConnection
  readonly #subscribed: RedisConnection
  readonly #channels = new Set<string>()
  /** Rejects what Redis has not answered yet. */
  readonly #asked = new Set<(error: unknown) => void>()
  readonly #heartbeat: NodeJS.Timeout
  #state: 'starting' | 'up' | 'down' | 'closed' = 'starting'
  #attempt = 0
  /** Resolves when it is known whether Redis is there. */
  readonly #known: Promise<void>
  #know = () => {}

  constructor(client: RedisClient, { prefix, sharded }: RedisPlace, sink: RelaySink) {
    this.#prefix = prefix
    this.#sink = sink
    this.#known = new Promise((resolve) => {
      this.#know = resolve
    })
    const events: ConnectionEvents = {
      ready: () => void this.#ready(),
      lost: (error) => this.#lost(error),
      received: (name, payload) => this.#received(name, payload),
    }
    this.#publishing = connectLike(client, sharded, events)
    this.#subscribed = connectLike(client, sharded, events)
    this.#heartbeat = this.#watch()
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    const { buffer, byteOffset, byteLength } = payload
    await this.#ask(
      this.#publishing.publish(this.#name(channel), Buffer.from(buffer, byteOffset, byteLength)),
    )
  }

  async subscribe(channel: string): Promise<void> {
    await this.#known
    this.#check()
    const isNew = !this.#channels.has(channel)
    this.#channels.add(channel)
    try {
      await this.#ask(this.#subscribed.subscribe(this.#name(channel)))
    } catch (error) {
      if (isNew) this.#channels.delete(channel)
      throw error
    }
  }

  async unsubscribe(channel: string): Promise<void> {
    if (!this.#channels.delete(channel) || this.#state === 'closed') return
    const ended = this.#ask(this.#subscribed.unsubscribe(this.#name(channel)))
    // A connection that is lost has no subscriptions; the next will not have this one.
    await ended.catch(() => {})
  }

  async close(): Promise<void> {
    if (this.#state === 'closed')
      throw new RelayError('close', 'The relay was closed already; close it once.')
    this.#state = 'closed'
    this.#know()
    // Answered after everything that was published before, which leaves this process with it.
    if (this.#publishing.isReady) await this.#ask(this.#publishing.ping()).catch(() => {})
    clearInterval(this.#heartbeat)
    this.#publishing.end()
    this.#subscribed.end()
  }

  #name(channel: string): string {
    return `${this.#prefix}${channel}`
  }

  #check(): void {
    if (this.#state === 'closed') throw new Error('the relay is closed')
    if (this.#state === 'down' || !this.#publishing.isReady || !this.#subscribed.isReady) {
      throw new Error('Redis is not connected')
    }
  }

  // A client may forget what it was asked when its connection is lost.
  #ask(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#asked.add(reject)
      answer.then(resolve, reject).finally(() => this.#asked.delete(reject))
    })
  }

  #received(name: string, payload: Uint8Array): void {
    const channel = name.slice(this.#prefix.length)
    if (this.#state !== 'closed' && this.#channels.has(channel)) this.#sink.received(channel, payload)
  }

  async #ready(): Promise<void> {
    if (!this.#publishing.isReady || !this.#subscribed.isReady) return
    this.#attempt++
    const attempt = this.#attempt
    // Those of a client that has subscribed again by itself cost nothing.
    const subscriptions = [...this.#channels].map((channel) =>
      this.#subscribed.subscribe(this.#name(channel)),
    )
    // A client may not have noticed yet that the other connection is lost, too: only an answer shows that it is not.
    const pings = [this.#publishing, this.#subscribed].map((connection) => connection.ping())
    const answers = [...subscriptions, ...pings].map((answer) => this.#ask(answer))
    const settled = await Promise.allSettled(answers)
    const refused = settled.slice(0, subscriptions.length).find(({ status }) => status === 'rejected')
    if (attempt !== this.#attempt || (this.#state !== 'starting' && this.#state !== 'down')) return
    this.#state = 'up'
    this.#know()
    this.#sink.up()
    if (refused?.status === 'rejected') this.#sink.failed('subscribe', refused.reason)
  }

  #lost(error: unknown): void {
    this.#attempt++
    for (const reject of this.#asked) reject(error)
    this.#asked.clear()
    if (this.#state !== 'starting' && this.#state !== 'up') return
    this.#state = 'down'
    this.#know()
    this.#sink.down(error)
  }

  // A connection may be dead without a word, and Redis may have stopped.
  #watch(): NodeJS.Timeout {
    const silent = new Set<RedisConnection>()
    const beat = (connection: RedisConnection) => {
      if (!connection.isReady) return
      silent.add(connection)
      connection.ping().then(
        () => silent.delete(connection),
        () => silent.delete(connection),
      )
    }
    const check = () => {
      for (const connection of silent) {
        silent.delete(connection)
        this.#lost(new Error(`Redis has not answered for ${PING_MS} ms`))
        connection.renew()
      }
      beat(this.#publishing)
      beat(this.#subscribed)
    }
    // It may be this process that stood still: what has come meanwhile is read first.
    return setInterval(() => setImmediate(check), PING_MS).unref()
  }
}
