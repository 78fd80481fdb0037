import type { Clock } from './clock.js'

/** Settles as `promise` does, or rejects with what `late` makes when that takes too long. What comes later is ignored. */
export function withDeadline<Value>(
  clock: Clock,
  ms: number,
  promise: Promise<Value>,
  late: () => unknown,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(late()), ms)
    promise.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}
