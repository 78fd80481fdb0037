import type { Clock, TimerHandle } from './clock.js'

/** Something that wants to be looked at from time to time. */
export interface Scheduled {
  /** When it is due, in the clock's milliseconds; kept by the wheel. */
  dueAt: number
  /**
   * Looks at the deadlines.
   * @param late whether the event loop was held up just now, so that silence proves nothing.
   * @returns when to look again; `Infinity` for never.
   */
  check(now: number, late: boolean): number
}

const SLOTS = 512

/**
 * One timer for the deadlines of all sessions. Each waits in the slot of its time, so a sweep touches only those that
 * are due, and ten thousand heartbeats are spread over their interval.
 */
export class TimingWheel {
  readonly #clock: Clock
  readonly #onLag: (lagMs: number) => void
  readonly #slots: (Set<Scheduled> | undefined)[] = new Array(SLOTS).fill(undefined)
  #timer: TimerHandle | undefined
  #size = 0
  #tick = 0
  #now: number
  /** The time between two sweeps, in milliseconds. */
  readonly tickMs: number

  constructor(clock: Clock, tickMs: number, onLag: (lagMs: number) => void) {
    this.#clock = clock
    this.tickMs = tickMs
    this.#onLag = onLag
    this.#now = clock.now()
    this.#tick = Math.floor(this.#now / tickMs)
  }

  /** The time of the last sweep: as good as the clock for liveness, and free to read. */
  get now(): number {
    return this.#now
  }

  /** Puts an entry in, or moves it to an earlier or later time. */
  schedule(entry: Scheduled, at: number): void {
    this.cancel(entry)
    if (at === Number.POSITIVE_INFINITY) return
    if (this.#size === 0) this.#start()
    entry.dueAt = at
    const slot = this.#slotOf(at)
    let entries = this.#slots[slot]
    if (entries === undefined) {
      entries = new Set()
      this.#slots[slot] = entries
    }
    entries.add(entry)
    this.#size++
  }

  /** Takes an entry out. */
  cancel(entry: Scheduled): void {
    if (entry.dueAt === Number.POSITIVE_INFINITY) return
    if (this.#slots[this.#slotOf(entry.dueAt)]?.delete(entry)) this.#size--
    entry.dueAt = Number.POSITIVE_INFINITY
    if (this.#size === 0 && this.#timer !== undefined) {
      this.#clock.clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  #slotOf(at: number): number {
    return Math.ceil(at / this.tickMs) % SLOTS
  }

  #start(): void {
    // The wheel stood still while it was empty.
    this.#now = this.#clock.now()
    this.#tick = Math.floor(this.#now / this.tickMs)
    this.#arm()
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(this.#sweep, this.tickMs)
  }

  readonly #sweep = (): void => {
    const now = this.#clock.now()
    const lag = now - this.#now - this.tickMs
    const late = lag > Math.max(2 * this.tickMs, 100)
    this.#now = now
    if (late) this.#onLag(lag)
    const last = Math.floor(now / this.tickMs)
    const steps = Math.min(last - this.#tick, SLOTS)
    for (let step = 1; step <= steps; step++) this.#visit((this.#tick + step) % SLOTS, now, late)
    this.#tick = last
    this.#timer = undefined
    if (this.#size > 0) this.#arm()
  }

  #visit(slot: number, now: number, late: boolean): void {
    const entries = this.#slots[slot]
    if (entries === undefined || entries.size === 0) return
    for (const entry of [...entries]) {
      // Entries of a later turn of the wheel share the slot.
      if (entry.dueAt > now || !entries.has(entry)) continue
      entries.delete(entry)
      this.#size--
      entry.dueAt = Number.POSITIVE_INFINITY
      const next = entry.check(now, late)
      if (entry.dueAt === Number.POSITIVE_INFINITY && next !== Number.POSITIVE_INFINITY) {
        this.schedule(entry, Math.max(next, now + this.tickMs))
      }
    }
  }
}
