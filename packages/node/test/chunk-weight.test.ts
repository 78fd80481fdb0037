import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getHeapSpaceStatistics } from 'node:v8'
import { weigh } from '../dist/chunk-weight.js'

const PROGRAM = fileURLToPath(new URL('chunk-weight-program.js', import.meta.url))

test('large chunks count for the collection of young objects, though their bytes lie outside of the heap', async () => {
  // 100 MiB are read, with a space for young objects that is full after one.
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=1', PROGRAM], {
    timeout: 60_000,
  })
  const { messages, collections } = JSON.parse(stdout) as { messages: number; collections: number }
  assert.equal(messages, 100)
  assert.ok(collections >= 40, `${collections} collections`)
})

test('however large a chunk is, its weight is no large object to V8', () => {
  const largeBytes = () =>
    getHeapSpaceStatistics()
      .filter(({ space_name: name }) => name.includes('large_object'))
      .reduce((sum, { space_used_size: used }) => sum + used, 0)
  for (const bytes of [65_536, 16_777_216]) {
    const chunk = Buffer.alloc(bytes)
    const before = largeBytes()
    weigh(chunk)
    assert.ok(largeBytes() - before < 65_536, `${bytes} bytes`)
  }
})
