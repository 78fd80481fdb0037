// Mounts an adapter, lets many ticks go by before and after all of the heap is collected, and prints what V8 has seen of
// them. Needs --expose-gc and --allow-natives-syntax.
import { runInThisContext } from 'node:vm'
import { createSessions } from '@echosession/core'
import { createNodeAdapter } from '../dist/index.js'

const TICKS = 2_000
/** V8 keeps the classes of what is gone for some collections. */
const COLLECTIONS = 8

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function tick(): Promise<void> {
  for (let count = 0; count < TICKS; count++) {
    process.nextTick(() => {})
    if (count % 50 === 0) await turn()
  }
}

createNodeAdapter(createSessions(), {})
await turn()
await tick()
for (let count = 0; count < COLLECTIONS; count++) {
  globalThis.gc?.()
  await turn()
}
await tick()
runInThisContext('%DebugPrint(process.nextTick)')
