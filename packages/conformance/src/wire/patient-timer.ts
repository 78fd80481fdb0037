const LATE_MS = 40

/** Cancels a timer. */
export type Cancel = () => void

/**
 * Calls back after a delay, but not before what has already arrived was read.
 *
 * A process that was held up must not blame the other end for it: when the timer itself is late, it waits
 * as long again as it was late, and in any case for one more turn of the event loop.
 */
export function callAfter(delayMs: number, callback: () => void): Cancel {
  let cancelled = false
  let timer: NodeJS.Timeout | undefined
  const arm = (waitMs: number): void => {
    const dueAt = performance.now() + waitMs
    timer = setTimeout(() => {
      const lateMs = performance.now() - dueAt
      if (lateMs > LATE_MS) arm(Math.min(lateMs, Math.max(delayMs, 1000)))
      else
        setImmediate(() => {
          if (!cancelled) callback()
        })
    }, waitMs)
  }
  arm(delayMs)
  return () => {
    cancelled = true
    clearTimeout(timer)
  }
}
