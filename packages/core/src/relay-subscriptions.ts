import type { Clock, TimerHandle } from './clock.js'
import { withDeadline } from './deadline.js'
import type { RelayLink } from './relay.js'
import { RelayError } from './relay-error.js'

/** What subscriptions need from the hub. */
export interface SubscriptionOwner {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Payloads of the channel arrive from here on, or do not any more. */
  changed(channel: string, subscribed: boolean): void
  /** The relay has subscribed to a channel. */
  subscribed(channel: string): void
  /** A subscription failed; it is tried again. `again` says whether that is told of already. */
  subscriptionFailed(error: unknown, again: boolean): void
}

/** How long to wait before a subscription that failed is tried again. */
const RETRY_MS = 1_000

interface Entry {
  wanted: boolean
  /** What the relay has; after a failure nobody knows. */
  has: 'nothing' | 'subscription' | 'unknown'
  busy: boolean
  /** Whether the last attempt failed. */
  failing: boolean
  retry: TimerHandle | undefined
  ready: Promise<void> | undefined
  settle: () => void
}

/** Brings a relay's subscriptions in line with what is wanted, one step at a time for each channel. */
export class RelaySubscriptions {
  readonly #owner: SubscriptionOwner
  readonly #link: RelayLink
  readonly #entries = new Map<string, Entry>()
  #closed = false

  constructor(owner: SubscriptionOwner, link: RelayLink) {
    this.#owner = owner
    this.#link = link
  }

  /** Wants payloads of a channel. */
  add(channel: string): void {
    if (this.#closed) return
    let entry = this.#entries.get(channel)
    if (entry === undefined) {
      entry = {
        wanted: true,
        has: 'nothing',
        busy: false,
        failing: false,
        retry: undefined,
        ready: undefined,
        settle: () => {},
      }
      this.#entries.set(channel, entry)
    }
    entry.wanted = true
    const pending = entry
    entry.ready ??= new Promise((resolve) => {
      pending.settle = resolve
    })
    // Not while it is being given up.
    if (entry.has === 'subscription' && !entry.busy) this.#settled(entry)
    this.#step(channel, entry)
  }

  /** Wants them no more. */
  remove(channel: string): void {
    const entry = this.#entries.get(channel)
    if (entry === undefined) return
    entry.wanted = false
    this.#settled(entry)
    this.#step(channel, entry)
  }

  /** Resolves when a channel that is wanted is subscribed to, or has failed to be once; undefined when there is nothing to wait for. */
  ready(channel: string): Promise<void> | undefined {
    return this.#entries.get(channel)?.ready
  }

  /** The engine is reached again: what failed before is tried at once. */
  retry(): void {
    for (const [channel, entry] of this.#entries) this.#step(channel, entry)
  }

  /** Nothing is subscribed to or tried any more. */
  close(): void {
    this.#closed = true
    for (const entry of this.#entries.values()) {
      this.#owner.clock.clearTimeout(entry.retry)
      this.#settled(entry)
    }
    this.#entries.clear()
  }

  #settled(entry: Entry): void {
    entry.ready = undefined
    entry.settle()
  }

  #step(channel: string, entry: Entry): void {
    if (entry.busy) return
    this.#owner.clock.clearTimeout(entry.retry)
    entry.retry = undefined
    if (entry.has === (entry.wanted ? 'subscription' : 'nothing')) {
      if (!entry.wanted) this.#entries.delete(channel)
      return
    }
    entry.busy = true
    void this.#change(channel, entry)
  }

  async #change(channel: string, entry: Entry): Promise<void> {
    const { clock, timeoutMs } = this.#owner
    const { wanted } = entry
    // From before the first payload on, so that none of them is taken for a stranger's.
    if (wanted) this.#owner.changed(channel, true)
    try {
      const asked = wanted ? this.#link.subscribe(channel) : this.#link.unsubscribe(channel)
      await withDeadline(
        clock,
        timeoutMs,
        asked,
        () =>
          new RelayError('subscribe', `The relay did not answer within ${timeoutMs} ms (relayTimeoutMs).`),
      )
      entry.has = wanted ? 'subscription' : 'nothing'
      entry.failing = false
      if (wanted && !this.#closed) this.#owner.subscribed(channel)
    } catch (error) {
      // What could not be given up costs payloads that nobody wants, no more.
      entry.has = wanted ? 'unknown' : 'nothing'
      if (!this.#closed) this.#owner.subscriptionFailed(error, entry.failing)
      entry.failing = true
    }
    entry.busy = false
    if (this.#closed) return
    if (!wanted) this.#owner.changed(channel, false)
    if (entry.wanted && wanted) {
      this.#settled(entry)
      if (entry.has === 'unknown') {
        entry.retry = clock.setTimeout(() => this.#step(channel, entry), RETRY_MS)
        return
      }
    }
    this.#step(channel, entry)
  }
}
