import type { Relay, RelayLink, RelaySink } from '../relay.js'
import { RelayError } from '../relay-error.js'

/** An engine of relays without a network: the reference that others are held against, and what a test uses. */
export interface MemoryRelayHub {
  /** Makes the relay of one process, or of what plays one. */
  relay(): Relay
  /** Cuts everyone off, or the process with this relay only. What is published meanwhile is lost. */
  down(error?: Error, only?: Relay): void
  /** Lets in again who was cut off. */
  up(only?: Relay): void
  /** Answers nobody, as a process that was stopped; what it is asked meanwhile waits. */
  freeze(): void
  /** Goes on. */
  thaw(): void
}

class Link implements RelayLink {
  readonly sink: RelaySink
  readonly channels = new Set<string>()
  readonly #hub: Hub
  /** Why it is cut off, while it is. */
  #cut: Error | undefined
  #told = false
  #closed = false

  constructor(hub: Hub, sink: RelaySink, cut: Error | undefined) {
    this.#hub = hub
    this.sink = sink
    this.#cut = cut
    queueMicrotask(() => {
      if (!this.#closed) this.#tell()
    })
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    // Kept apart from what the caller has: nobody shares memory with another process.
    const copy = payload.slice()
    await this.#hub.reached()
    // What it was given before it was closed goes out.
    if (this.#cut !== undefined) throw this.#cut
    this.#hub.deliver(channel, copy)
  }

  async subscribe(channel: string): Promise<void> {
    this.#check()
    await this.#hub.reached()
    this.#check()
    this.channels.add(channel)
  }

  async unsubscribe(channel: string): Promise<void> {
    this.channels.delete(channel)
  }

  async close(): Promise<void> {
    if (this.#closed) throw new RelayError('close', 'The relay was closed already; close it once.')
    this.#closed = true
    this.#hub.leave(this)
  }

  deliver(channel: string, payload: Uint8Array): void {
    if (this.#cut === undefined && this.channels.has(channel)) this.sink.received(channel, payload.slice())
  }

  change(cut: Error | undefined): void {
    if ((this.#cut === undefined) === (cut === undefined)) return
    this.#cut = cut
    if (this.#told) this.#tell()
  }

  #tell(): void {
    this.#told = true
    if (this.#cut === undefined) this.sink.up()
    else this.sink.down(this.#cut)
  }

  #check(): void {
    if (this.#closed) throw new Error('the relay is closed')
    if (this.#cut !== undefined) throw this.#cut
  }
}

class Hub implements MemoryRelayHub {
  readonly #links = new Map<Relay, Link>()
  #cut: Error | undefined
  #frozen: { readonly over: Promise<void>; readonly end: () => void } | undefined

  relay(): Relay {
    let opened = false
    const relay: Relay = {
      maxPayloadBytes: 16_777_216,
      open: (sink) => {
        if (opened) throw new RelayError('connect', 'The relay was opened already; make one for each engine.')
        opened = true
        const link = new Link(this, sink, this.#cut)
        this.#links.set(relay, link)
        return link
      },
    }
    return relay
  }

  down(error = new Error('the memory relay is down'), only?: Relay): void {
    if (only === undefined) this.#cut = error
    for (const [relay, link] of this.#links) if (only === undefined || relay === only) link.change(error)
  }

  up(only?: Relay): void {
    if (only === undefined) this.#cut = undefined
    for (const [relay, link] of this.#links) if (only === undefined || relay === only) link.change(undefined)
  }

  freeze(): void {
    if (this.#frozen !== undefined) return
    let end = () => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#frozen = { over, end }
  }

  thaw(): void {
    this.#frozen?.end()
    this.#frozen = undefined
  }

  /** Resolves when the engine has come to what it is asked now. */
  reached(): Promise<void> {
    return this.#frozen?.over ?? Promise.resolve()
  }

  deliver(channel: string, payload: Uint8Array): void {
    for (const link of this.#links.values()) link.deliver(channel, payload)
  }

  leave(link: Link): void {
    for (const [relay, one] of this.#links) if (one === link) this.#links.delete(relay)
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
