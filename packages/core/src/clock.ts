/** What a {@link Clock} returns for a timer, to be handed back to `clearTimeout`. */
export type TimerHandle = unknown

/** Where the engine gets its time from. Monotonic: it never jumps with the wall clock. */
export interface Clock {
  /** Milliseconds since some fixed moment, never negative; never goes back. */
  now(): number
  /**
   * Calls `callback` once, `delayMs` milliseconds from now at the earliest.
   * @param holdsProcess whether the process should live until then, where the runtime lets a timer say so.
   */
  setTimeout(callback: () => void, delayMs: number, holdsProcess?: boolean): TimerHandle
  /** Forgets a timer; does nothing for one that has fired. */
  clearTimeout(handle: TimerHandle): void
}

/** The process's own monotonic clock. Its timers do not keep a process alive unless they are told to. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout(callback, delayMs, holdsProcess = false) {
    const handle: unknown = setTimeout(callback, delayMs)
    // Node's timers are objects that hold the process open; a browser's are plain numbers.
    if (
      !holdsProcess &&
      typeof handle === 'object' &&
      handle !== null &&
      'unref' in handle &&
      typeof handle.unref === 'function'
    ) {
      handle.unref()
    }
    return handle
  },
  clearTimeout(handle) {
    clearTimeout(handle as number)
  },
}
