import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateLimit } from '../dist/rate-limit.js'
import { TokenBucket } from '../dist/token-bucket.js'

const INF = Number.POSITIVE_INFINITY

test('ES-4.6: a second’s worth may come at once, and then as much as the rate', () => {
  const bucket = new TokenBucket(10, 0)
  for (let count = 0; count < 10; count++) assert.equal(bucket.take(1, 0), true)
  assert.equal(bucket.take(1, 0), false)
  const steady = new TokenBucket(10, 0)
  for (let now = 0; now < 100_000; now += 100) assert.equal(steady.take(1, now), true)
})

test('waiting longer than a second saves up no more than a second’s worth', () => {
  const bucket = new TokenBucket(10, 0)
  assert.equal(bucket.take(10, 1_000_000), true)
  assert.equal(bucket.take(1, 1_000_000), false)
})

test('a bucket without a limit always has what is asked for', () => {
  const bucket = new TokenBucket(INF, 0)
  assert.equal(bucket.take(1e308, 0), true)
  assert.equal(bucket.take(1e308, 0), true)
})

test('of two rates either is enough to be too fast, and none of them is no limit', () => {
  assert.equal(createRateLimit(INF, INF, 0), undefined)
  const messages = createRateLimit(1, INF, 0)
  assert.equal(messages?.take(1_000, 0), true)
  assert.equal(messages?.take(0, 0), false)
  const bytes = createRateLimit(INF, 10, 0)
  assert.equal(bytes?.take(10, 0), true)
  assert.equal(bytes?.take(1, 0), false)
})
