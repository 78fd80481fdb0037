/** Tells whether a value is something to wait for. Throws what a `then` getter throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  return typeof (value as { readonly then?: unknown }).then === 'function'
}

/** Waits for what nobody else waits for, so that its rejection does not end the process. */
export async function ignore(value: unknown): Promise<void> {
  try {
    await value
  } catch {
    // Whoever returned it was asked for something that is not a promise.
  }
}
