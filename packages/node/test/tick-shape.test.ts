import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PROGRAM = fileURLToPath(new URL('tick-shape-program.js', import.meta.url))
const FLAGS = ['--expose-gc', '--allow-natives-syntax']
/** What V8 has seen where the fields of a tick's object are made. */
const FIELD = /DefineKeyedOwnPropertyInLiteral (\w+)/g

test('what process.nextTick makes stays of one shape for V8 when all of the heap is collected', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM], { timeout: 60_000 })
  const seen = [...stdout.matchAll(FIELD)].map(([, state]) => state)
  assert.ok(seen.length >= 4, `${seen.length} fields`)
  assert.deepEqual(
    seen,
    seen.map(() => 'MONOMORPHIC'),
  )
})
