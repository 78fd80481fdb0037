import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { weigh } from '../dist/chunk-weight.js'

const PROGRAM = fileURLToPath(new URL('chunk-weight-program.js', import.meta.url))

interface Outcome {
  readonly messages: number
  readonly collections: number
  readonly block: number
  readonly touched: number
  readonly kept: number
}

let outcome: Outcome

before(async () => {
  // 100 MiB are read, with a space for young objects that is full after one.
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=1', PROGRAM], {
    timeout: 60_000,
  })
  outcome = JSON.parse(stdout) as Outcome
})

test('large chunks count for the collection of young objects, though their bytes lie outside of the heap', () => {
  const { messages, collections } = outcome
  assert.equal(messages, 100)
  assert.ok(collections >= 40, `${collections} collections`)
})

test('the first large chunk shows the allocator one block of 16 MiB, which takes no memory and is gone afterwards', () => {
  const { block, touched, kept } = outcome
  // What was of no use before may be freed meanwhile.
  assert.ok(block > 16_000_000 && block < 17_000_000, `${block} bytes`)
  // What the threads of a process that has just begun touch meanwhile counts as well.
  assert.ok(touched < 12_582_912, `${touched} bytes touched`)
  assert.ok(kept < 1_048_576, `${kept} bytes kept`)
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

test('only a chunk of more than 16 KiB has a weight', () => {
  // The median: a collection may come between two looks at the heap.
  const growth = (bytes: number) => {
    const chunk = Buffer.alloc(bytes)
    const all = Array.from({ length: 9 }, () => {
      const before = getHeapStatistics().used_heap_size
      for (let count = 0; count < 20; count++) weigh(chunk)
      return getHeapStatistics().used_heap_size - before
    })
    return all.sort((one, other) => one - other)[4] ?? 0
  }
  assert.ok(growth(16_384) < 65_536)
  assert.ok(growth(16_385) >= 20 * 16_384)
})
