import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { turn } from './deadline.js'

const ROUNDS = 50

/** Collects garbage until what a reference stands for is gone; tells whether it is. */
export async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  // The flag has to be set before the context that shows the function.
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  for (let round = 0; round < ROUNDS; round++) {
    // A reference that was looked at stays alive until the turn of the event loop is over.
    await turn()
    collectGarbage()
    if (reference.deref() === undefined) return true
  }
  return false
}
