import { RelayError, type RelayLink, type RelaySink } from '@echosession/core'
import type { NatsClient, NatsMessage, NatsSubscription } from './nats-client.js'
import { subjectOf } from './nats-subject.js'
import { RoundTrips, turn } from './round-trips.js'

interface Violation {
  readonly operation: string
  readonly subject: string
}

// The client's PermissionViolationError, whichever copy of the client it is from.
function isViolation(error: unknown): error is Violation {
  return typeof error === 'object' && error !== null && 'operation' in error && 'subject' in error
}

/** One relay on a connection that is somebody else's. */
export class NatsLink implements RelayLink {
  readonly #connection: NatsClient
  readonly #prefix: string
  readonly #sink: RelaySink
  readonly #subscriptions = new Map<string, NatsSubscription>()
  readonly #trips: RoundTrips
  #state: 'starting' | 'up' | 'down' | 'closed' = 'starting'
  #attempt = 0

  constructor(connection: NatsClient, prefix: string, sink: RelaySink) {
    this.#connection = connection
    this.#prefix = prefix
    this.#sink = sink
    this.#trips = new RoundTrips(
      () => connection.flush(),
      (error) => {
        this.#down(error)
        void this.#reach()
      },
    )
    void this.#watch()
    this.#trips.join('start').then(
      () => this.#up(),
      (error) => this.#down(error),
    )
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    const subject = subjectOf(this.#prefix, channel)
    this.#connection.publish(subject, payload)
    await this.#trips.join(`publish ${subject}`)
  }

  async subscribe(channel: string): Promise<void> {
    // Also while NATS is not reached: the client asks for it when it is.
    this.#listen(channel)
    this.#check()
    try {
      await this.#trips.join(`subscribe ${channel}`)
    } catch (error) {
      // Refused: to be asked for anew when it is wanted again. What the connection lost the client asks for by itself.
      if (this.#state !== 'down') await this.unsubscribe(channel)
      throw error
    }
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#subscriptions.get(channel)?.unsubscribe()
    this.#subscriptions.delete(channel)
  }

  async close(): Promise<void> {
    if (this.#state === 'closed')
      throw new RelayError('close', 'The relay was closed already; close it once.')
    const lastWords = this.#state === 'down' ? undefined : this.#trips.join('close')
    this.#state = 'closed'
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe()
    this.#subscriptions.clear()
    // So that who closes the connection next cuts nothing off that was published.
    await lastWords?.catch(() => {})
  }

  // The client would keep for later what is published while it has no connection.
  #check(): void {
    if (this.#state === 'closed') throw new Error('the relay is closed')
    if (this.#state === 'down' || this.#connection.info === undefined) {
      throw new Error('NATS is not connected')
    }
  }

  #listen(channel: string): void {
    if (this.#state === 'closed' || this.#subscriptions.get(channel)?.isClosed() === false) return
    const callback = (error: Error | null, { data }: NatsMessage) => {
      if (error !== null) this.#subscriptionRefused(channel, error)
      else if (this.#state !== 'closed') this.#sink.received(channel, data)
    }
    this.#subscriptions.set(
      channel,
      this.#connection.subscribe(subjectOf(this.#prefix, channel), { callback }),
    )
  }

  // The client ends a subscription that the server refuses.
  #subscriptionRefused(channel: string, error: Error): void {
    const asked = `subscribe ${channel}`
    if (this.#trips.refuse((what) => what === asked, error) || this.#state === 'closed') return
    this.#sink.failed('subscribe', error)
  }

  async #watch(): Promise<void> {
    let trouble: unknown
    for await (const { type, error } of this.#connection.status()) {
      // What the connection tells can only be left when it tells something.
      if (this.#state === 'closed') return
      if (type === 'error') {
        trouble = error
        this.#refused(error)
      } else if (type === 'disconnect') {
        this.#down(trouble ?? new Error('the connection to NATS is lost'))
        trouble = undefined
      } else if (type === 'reconnect') void this.#reach()
    }
    this.#down(trouble ?? new Error('the connection to NATS was closed'))
  }

  #refused(error: unknown): void {
    if (!isViolation(error)) {
      // Such as too many subscriptions: the server does not say which one it means.
      this.#trips.refuse((what) => what.startsWith('subscribe '), error)
      return
    }
    if (error.operation !== 'publish' || !error.subject.startsWith(`${this.#prefix}.`)) return
    const asked = `publish ${error.subject}`
    if (!this.#trips.refuse((what) => what === asked, error)) this.#sink.failed('publish', error)
  }

  // Waits until the server answers, however long that takes.
  async #reach(): Promise<void> {
    this.#attempt++
    const attempt = this.#attempt
    try {
      for (const channel of this.#subscriptions.keys()) this.#listen(channel)
      await this.#connection.flush()
      await turn()
    } catch {
      // The connection is lost, which is told already, or closed.
      return
    }
    if (attempt === this.#attempt) this.#up()
  }

  #up(): void {
    if (this.#state !== 'starting' && this.#state !== 'down') return
    this.#state = 'up'
    this.#sink.up()
  }

  #down(error: unknown): void {
    if (this.#state !== 'starting' && this.#state !== 'up') return
    this.#state = 'down'
    this.#attempt++
    this.#trips.fail(error)
    this.#sink.down(error)
  }
}
