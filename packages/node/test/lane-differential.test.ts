import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeBoundaries, judgeDeflatedSeeds, judgeSeed } from './differential/judge.js'

const CASES = 5_000
const STREAMS = 20
const DEFLATED_CASES = 400
const SEED = 20_261_123

test(`ES-3.1 the lane and ws make the same of ${CASES} streams, however they are cut, and of what this side does meanwhile (seed ${SEED})`, async () => {
  for (let index = 0; index < CASES; index++) {
    const difference = await judgeSeed(SEED + index)
    assert.equal(difference, undefined, difference)
  }
})

test(`ES-3.1 the lane and ws make the same of ${STREAMS} streams cut at every boundary (seed ${SEED})`, async () => {
  for (let index = 0; index < STREAMS; index++) {
    const difference = await judgeBoundaries(SEED + index)
    assert.equal(difference, undefined, difference)
  }
})

test(`ES-3.1 the lane and ws make the same of ${DEFLATED_CASES} streams with permessage-deflate (seed ${SEED})`, async () => {
  const difference = await judgeDeflatedSeeds(SEED, SEED + DEFLATED_CASES)
  assert.equal(difference, undefined, difference)
})
