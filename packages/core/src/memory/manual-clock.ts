import type { Clock } from '../clock.js'

/** A clock that moves only when told to, for tests of anything with a deadline. */
export interface ManualClock extends Clock {
  /** Moves on by so many milliseconds and fires what comes due, in order. */
  advance(ms: number): void
  /** Moves on at once, as a process that was stopped: timers fire late, all at the new time. */
  jump(ms: number): void
  /** Timers that have not fired. */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Makes a clock that stands at 0. */
export function createManualClock(): ManualClock {
  let now = 0
  const timers = new Set<Timer>()

  function nextDue(until: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers)
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer
    return next
  }

  function fire(until: number): void {
    for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
      timers.delete(timer)
      now = Math.max(now, timer.at)
      timer.callback()
    }
  }

  return {
    now: () => now,
    setTimeout(callback, delayMs) {
      const timer = { at: now + Math.max(0, delayMs), callback }
      timers.add(timer)
      return timer
    },
    clearTimeout: (handle) => void timers.delete(handle as Timer),
    advance(ms) {
      const until = now + ms
      fire(until)
      now = until
    },
    jump(ms) {
      now += ms
      // Only what was due already: timers that these set are due later.
      for (const timer of [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
        if (timers.delete(timer)) timer.callback()
      }
    },
    get pending() {
      return timers.size
    },
  }
}
