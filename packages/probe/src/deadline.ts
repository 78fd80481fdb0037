/** Enough for a machine that does several things at once. */
const PATIENCE_MS = 10_000

/**
 * Waits for a promise, but not for ever.
 * @throws Error that says what did not happen.
 */
export async function within<T>(promise: Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, rejectLate) => {
    timer = setTimeout(() => rejectLate(new Error(`${what} did not happen within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Lets one turn of the event loop go by. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Waits, turn by turn, until something holds.
 * @throws Error that says what did not come to hold.
 */
export async function until(condition: () => boolean, what: string, ms = PATIENCE_MS): Promise<void> {
  const giveUpAt = performance.now() + ms
  while (!condition()) {
    // One last look: a process that was held up has not looked for a while.
    if (performance.now() > giveUpAt && !condition()) throw new Error(`${what} did not hold within ${ms} ms`)
    await turn()
  }
}
