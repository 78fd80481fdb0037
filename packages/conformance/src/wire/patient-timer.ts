const SLICES = 20
const MIN_SLICE_MS = 10

/** Cancels a timer. */
export type Cancel = () => void

/**
 * Calls back after a delay, but not before what has already arrived was read.
 *
 * A process that is held up must not blame the other end for it. So the delay is waited for in slices, with a turn
 * of the event loop after each: time in which this process could not run counts as one slice at the most.
 */
export function callAfter(delayMs: number, callback: () => void): Cancel {
  const sliceMs = Math.max(MIN_SLICE_MS, delayMs / SLICES)
  let leftMs = delayMs
  let isCancelled = false
  let timer: NodeJS.Timeout | undefined
  const arm = (): void => {
    const waitMs = Math.min(sliceMs, leftMs)
    leftMs -= waitMs
    timer = setTimeout(() => setImmediate(turn), waitMs)
  }
  const turn = (): void => {
    if (isCancelled) return
    if (leftMs > 0) arm()
    else callback()
  }
  arm()
  return () => {
    isCancelled = true
    clearTimeout(timer)
  }
}
