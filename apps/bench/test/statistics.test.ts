import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCpuList } from '../dist/measure/pinning.js'
import { median, summarize } from '../dist/statistics.js'

test('the median is the middle, or the mean of the two in the middle', () => {
  assert.equal(median([5, 1, 3]), 3)
  assert.equal(median([4, 1, 3, 2]), 2.5)
})

test('a ratio pairs a target with the raw ws of the same round and group, and leaves out what is without it', () => {
  const sample = (target: string, round: number, cost: number, rate: number, group = 1) => ({
    figure: 'b',
    target,
    round,
    group,
    cost,
    rate,
  })
  const summaries = summarize([
    sample('ws', 1, 4, 10),
    sample('ws', 2, 8, 5),
    sample('node', 1, 2, 20),
    sample('node', 2, 2, 20),
    sample('node', 3, 1, 40),
    sample('ws', 1, 20, 10, 2),
    sample('koa', 1, 2, 20, 2),
    sample('koa', 2, 2, 20, 2),
  ])
  const node = summaries.find(({ target }) => target === 'node')
  assert.equal(node?.rounds, 2)
  assert.deepEqual(node?.ratio, { median: 3, least: 2, greatest: 4 })
  assert.deepEqual(node?.wallRatio, { median: 3, least: 2, greatest: 4 })
  const koa = summaries.find(({ target }) => target === 'koa')
  assert.equal(koa?.rounds, 1)
  assert.equal(koa?.ratio.median, 10)
  assert.equal(summaries.find(({ target }) => target === 'ws')?.ratio.median, 1)
})

test('what costs nothing has no ratio, and is left out', () => {
  const sample = (target: string, cost: number) => ({ figure: 'e-cpu', target, round: 1, group: 1, cost })
  const summaries = summarize([sample('ws', 4), sample('tcp', 0)])
  assert.deepEqual(
    summaries.map(({ target }) => target),
    ['ws'],
  )
})

test('a result is marked when the generator was busy and the server was not, in most rounds', () => {
  const sample = (round: number, serverShare: number, generatorShare: number) => ({
    figure: 'b',
    target: 'ws',
    round,
    group: 1,
    cost: 1,
    serverShare,
    generatorShare,
  })
  const marked = (...samples: ReturnType<typeof sample>[]) => summarize(samples)[0]?.isHeldBack
  assert.equal(marked(sample(1, 0.3, 0.99), sample(2, 0.3, 0.98), sample(3, 0.9, 0.9)), true)
  assert.equal(marked(sample(1, 0.98, 0.99), sample(2, 0.5, 0.6)), false)
})

test('a list of CPUs may have ranges', () => {
  assert.deepEqual(parseCpuList('0-2,7\n'), [0, 1, 2, 7])
  assert.deepEqual(parseCpuList(''), [])
})
