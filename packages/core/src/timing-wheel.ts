import type { Clock, TimerHandle } from './clock.js'

/** What `dueTick` is while an entry waits for nothing. */
export const UNSCHEDULED = -1

/** Something that wants to be looked at from time to time. */
export interface Scheduled {
  /** The tick in which it is due, or {@link UNSCHEDULED}; kept by the wheel. */
  dueTick: number
  /** Its neighbours in the slot; kept by the wheel. */
  next: Scheduled | undefined
  previous: Scheduled | undefined
  /**
   * Looks at the deadlines.
   * @param late whether the event loop was held up just now, so that silence proves nothing.
   * @returns when to look again; a time that has passed means as soon as possible, `Infinity` never.
   */
  check(now: number, late: boolean): number
}

/** The beginning and the end of a list of entries that are linked to each other. */
class Slot implements Scheduled {
  dueTick = UNSCHEDULED
  next: Scheduled = this
  previous: Scheduled = this

  check(): number {
    return Number.POSITIVE_INFINITY
  }

  /** The first entry; undefined when there is none. */
  get first(): Scheduled | undefined {
    return this.next === this ? undefined : this.next
  }

  append(entry: Scheduled): void {
    const last = this.previous
    entry.previous = last
    entry.next = this
    last.next = entry
    this.previous = entry
  }

  /** Appends all entries of another slot, which is empty then. */
  takeAll(other: Slot): void {
    const { next, previous } = other
    if (next === other) return
    const last = this.previous
    last.next = next
    next.previous = last
    previous.next = this
    this.previous = previous
    other.next = other
    other.previous = other
  }
}

function unlink(entry: Scheduled): void {
  const { next, previous } = entry
  if (next !== undefined) next.previous = previous
  if (previous !== undefined) previous.next = next
  entry.next = undefined
  entry.previous = undefined
}

const SLOTS = 512

/**
 * One timer for the deadlines of all sessions. Each waits in the slot of its time, so a sweep touches only those that
 * are due, and ten thousand heartbeats are spread over their interval. Nothing is looked at early, nor more than a tick
 * late.
 */
export class TimingWheel {
  readonly #clock: Clock
  readonly #onLag: (lagMs: number) => void
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => new Slot())
  /** What is being looked at. */
  readonly #visited = new Slot()
  #timer: TimerHandle | undefined
  #running = false
  #sweeping = false
  #size = 0
  #tick = 0
  #now = 0
  #sweepAt = 0
  /** The time between two sweeps, in milliseconds. */
  readonly tickMs: number

  constructor(clock: Clock, tickMs: number, onLag: (lagMs: number) => void) {
    this.#clock = clock
    this.tickMs = tickMs
    this.#onLag = onLag
  }

  /** The time of the last sweep in whole milliseconds: as good as the clock for liveness, and free to read. */
  get now(): number {
    return this.#running ? this.#now : Math.floor(this.#clock.now())
  }

  /** Puts an entry in, or moves it to an earlier or later time. */
  schedule(entry: Scheduled, at: number): void {
    this.#remove(entry)
    if (at !== Number.POSITIVE_INFINITY) this.#insert(entry, at)
    else this.#rest()
  }

  /** Moves an entry to an earlier time, or puts it in; one that is due before stays where it is. */
  hasten(entry: Scheduled, at: number): void {
    if (entry.dueTick === UNSCHEDULED || this.#tickOf(at) < entry.dueTick) this.schedule(entry, at)
  }

  /** Takes an entry out. */
  cancel(entry: Scheduled): void {
    this.#remove(entry)
    this.#rest()
  }

  #insert(entry: Scheduled, at: number): void {
    if (!this.#running) this.#start()
    // What is due already has missed its slot and gets the next.
    entry.dueTick = Math.max(this.#tickOf(at), this.#tick + 1)
    this.#slotOf(entry.dueTick).append(entry)
    this.#size++
  }

  #remove(entry: Scheduled): void {
    if (entry.dueTick === UNSCHEDULED) return
    unlink(entry)
    entry.dueTick = UNSCHEDULED
    this.#size--
  }

  #slotOf(tick: number): Slot {
    return this.#slots[tick % SLOTS] as Slot
  }

  #tickOf(at: number): number {
    return Math.ceil(at / this.tickMs)
  }

  #start(): void {
    // The wheel stood still while it was empty.
    this.#running = true
    this.#now = Math.floor(this.#clock.now())
    this.#tick = Math.floor(this.#now / this.tickMs)
    this.#arm()
  }

  // Stops the timer of an empty wheel. A sweep looks for itself when it is through.
  #rest(): void {
    if (this.#size > 0 || !this.#running || this.#sweeping) return
    this.#running = false
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  // Sweeps fall on the ticks, so that nothing waits for the rest of a tick besides. A part of a millisecond is rounded
  // up: a timer that fires before its tick would be armed again for next to nothing.
  #arm(): void {
    const now = this.#clock.now()
    const delayMs = Math.max(1, Math.ceil((this.#tick + 1) * this.tickMs - now))
    this.#sweepAt = now + delayMs
    this.#timer = this.#clock.setTimeout(this.#sweep, delayMs)
  }

  readonly #sweep = (): void => {
    const now = this.#clock.now()
    const lag = now - this.#sweepAt
    const late = lag > Math.max(2 * this.tickMs, 100)
    const from = this.#tick
    this.#now = Math.floor(now)
    this.#tick = Math.floor(now / this.tickMs)
    this.#sweeping = true
    try {
      if (late) this.#onLag(lag)
      const first = Math.max(from + 1, this.#tick - SLOTS + 1)
      for (let tick = first; tick <= this.#tick; tick++) this.#visit(this.#slotOf(tick), this.#now, late)
    } finally {
      this.#sweeping = false
      if (this.#size > 0) this.#arm()
      else {
        this.#running = false
        this.#timer = undefined
      }
    }
  }

  // One look may take others out, or put them in again.
  #visit(slot: Slot, now: number, late: boolean): void {
    this.#visited.takeAll(slot)
    for (let entry = this.#visited.first; entry !== undefined; entry = this.#visited.first) {
      // Entries of a later turn of the wheel share the slot.
      if (entry.dueTick > this.#tick) {
        unlink(entry)
        slot.append(entry)
        continue
      }
      this.#remove(entry)
      const next = entry.check(now, late)
      if (entry.dueTick === UNSCHEDULED && next !== Number.POSITIVE_INFINITY) this.#insert(entry, next)
    }
  }
}
