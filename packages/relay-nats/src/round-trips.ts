/** How long the server may take for an answer, and how much later than planned a timer of a healthy process may run. */
const ANSWER_MS = 4_000
const STALL_MS = 500

/** What the server refuses it says before the answer; the client tells of it a few microtasks later. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

interface Waiter {
  /** What was asked of the server. */
  readonly what: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Tells what the server has taken. NATS acknowledges no single publication, but it answers a ping after everything that
 * was sent before it: one ping at a time is under way, for everything that was sent since the one before.
 */
export class RoundTrips {
  readonly #flush: () => Promise<void>
  /** Called when the server does not answer in time, and everything under way was given up. */
  readonly #late: (error: Error) => void
  #sent: Waiter[] = []
  #pinged: Waiter[] = []
  #timer: NodeJS.Timeout | undefined
  /** What the trip under way belongs to; one that was given up is none any more. */
  #trip: object | undefined

  constructor(flush: () => Promise<void>, late: (error: Error) => void) {
    this.#flush = flush
    this.#late = late
  }

  /** Resolves when the server has taken what is sent in this tick. */
  join(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sent.push({ what, resolve, reject })
      if (this.#trip === undefined) this.#begin()
    })
  }

  /** The server has refused something; returns whether anybody waited for it. */
  refuse(matches: (what: string) => boolean, error: unknown): boolean {
    let found = false
    for (const { what, reject } of [...this.#pinged, ...this.#sent]) {
      if (!matches(what)) continue
      found = true
      reject(error)
    }
    return found
  }

  /** Gives up on everything that is under way. */
  fail(error: unknown): void {
    const waiters = [...this.#pinged, ...this.#sent]
    this.#pinged = []
    this.#sent = []
    this.#trip = undefined
    clearTimeout(this.#timer)
    for (const { reject } of waiters) reject(error)
  }

  #begin(): void {
    const trip = {}
    this.#trip = trip
    // Before the client writes, which it does in a microtask too: what a tick sends and the ping leave in one write.
    queueMicrotask(() => void this.#go(trip))
  }

  async #go(trip: object): Promise<void> {
    if (this.#trip !== trip) return
    this.#pinged = this.#sent
    this.#sent = []
    this.#await(performance.now() + ANSWER_MS)
    try {
      await this.#flush()
      await turn()
    } catch (error) {
      if (this.#trip === trip) this.fail(error)
      return
    }
    if (this.#trip !== trip) return
    clearTimeout(this.#timer)
    const taken = this.#pinged
    this.#pinged = []
    this.#trip = undefined
    if (this.#sent.length > 0) this.#begin()
    for (const { resolve } of taken) resolve()
  }

  #await(due: number): void {
    this.#timer = setTimeout(() => {
      // It was this process that stood still: the answer may be there, unread.
      if (performance.now() > due + STALL_MS) this.#await(performance.now() + ANSWER_MS)
      else {
        const error = new Error(`NATS did not answer within ${ANSWER_MS} ms`)
        this.fail(error)
        this.#late(error)
      }
    }, due - performance.now())
  }
}
