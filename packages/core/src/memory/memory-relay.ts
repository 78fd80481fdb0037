import type { Relay, RelayLink, RelaySink } from '../relay.js'
import { RelayError } from '../relay-error.js'

/** An engine of relays without a network: the reference that others are held against, and what a test uses. */
export interface MemoryRelayHub {
  /** Makes the relay of one process, or of what plays one. */
  relay(): Relay
  /** Cuts everyone off, or lets everyone in again. What is published meanwhile is lost. */
  down(error?: Error): void
  up(): void
}

class Link implements RelayLink {
  readonly sink: RelaySink
  readonly channels = new Set<string>()
  readonly #hub: Hub
  #closed = false

  constructor(hub: Hub, sink: RelaySink) {
    this.#hub = hub
    this.sink = sink
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    // Kept apart from what the caller has: nobody shares memory with another process.
    const copy = payload.slice()
    await Promise.resolve()
    this.#hub.deliver(channel, copy)
  }

  async subscribe(channel: string): Promise<void> {
    this.channels.add(channel)
    this.#check()
  }

  async unsubscribe(channel: string): Promise<void> {
    this.channels.delete(channel)
  }

  async close(): Promise<void> {
    if (this.#closed) throw new RelayError('close', 'The relay was closed already; close it once.')
    this.#closed = true
    this.#hub.leave(this)
  }

  #check(): void {
    if (this.#hub.cut !== undefined) throw this.#hub.cut
  }
}

class Hub implements MemoryRelayHub {
  cut: Error | undefined
  readonly #links = new Set<Link>()

  relay(): Relay {
    let opened = false
    return {
      maxPayloadBytes: 16_777_216,
      open: (sink) => {
        if (opened) throw new RelayError('connect', 'The relay was opened already; make one for each engine.')
        opened = true
        const link = new Link(this, sink)
        this.#links.add(link)
        queueMicrotask(() => {
          if (!this.#links.has(link)) return
          if (this.cut === undefined) sink.up()
          else sink.down(this.cut)
        })
        return link
      },
    }
  }

  down(error = new Error('the memory relay is down')): void {
    if (this.cut !== undefined) return
    this.cut = error
    for (const { sink } of this.#links) sink.down(error)
  }

  up(): void {
    if (this.cut === undefined) return
    this.cut = undefined
    for (const { sink } of this.#links) sink.up()
  }

  deliver(channel: string, payload: Uint8Array): void {
    if (this.cut !== undefined) return
    for (const { channels, sink } of this.#links) {
      if (channels.has(channel)) sink.received(channel, payload.slice())
    }
  }

  leave(link: Link): void {
    this.#links.delete(link)
  }
}

/**
 * Makes an engine of relays inside this process, for tests.
 * @example
 * ```ts
 * import { createSessions } from '@echosession/core'
 * import { createMemoryRelayHub } from '@echosession/core/memory'
 *
 * const hub = createMemoryRelayHub()
 * const one = createSessions({ relay: hub.relay() })
 * const other = createSessions({ relay: hub.relay() })
 * one.broadcast('reaches the sessions of both')
 * await other.drain()
 * ```
 */
export function createMemoryRelayHub(): MemoryRelayHub {
  return new Hub()
}
