import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeResults } from '../dist/committed-result.js'
import { GROWTH } from '../dist/growth.js'
import { PATTERNS } from '../dist/patterns.js'
import { documentTables } from '../dist/report/markdown.js'
import { originText } from '../dist/report/setting-text.js'
import { settingsOf } from '../dist/result.js'
import { summarize } from '../dist/statistics.js'
import { TARGETS } from '../dist/targets.js'

const SETTING = {
  firstRound: 1,
  seconds: 1,
  node: '24.0.0',
  system: 'Linux',
  cpu: 'one',
  cpus: 2,
  pinning: 'not pinned',
  cpuSource: 'schedstat',
  load: [0, 0],
  rounds: 2,
  warmMs: 1,
  runMs: 1,
} as const

function figuresOf(patterns: string) {
  return PATTERNS.filter(({ letter }) => patterns.includes(letter)).flatMap(({ steps }) =>
    steps.flatMap(({ figures }) => Object.values(figures)),
  )
}

// A run of two rounds: `costs` has what each of its targets cost, raw ws among them.
function run(day: string, patterns: string, costs: Record<string, number>) {
  const names = Object.keys(costs)
  const figures = figuresOf(patterns)
  return {
    setting: { ...SETTING, startedAt: `2026-11-${day}T00:00:00.000Z` },
    targets: TARGETS.filter(({ name }) => names.includes(name)).map((target) => ({
      ...target,
      versions: {},
    })),
    figures,
    samples: figures.flatMap(({ key }) =>
      [1, 2].flatMap((round) =>
        names.map((target) => ({ figure: key, target, round, group: 1, cost: costs[target] ?? 0 })),
      ),
    ),
    failures: [],
  }
}

type Result = ReturnType<typeof mergeResults>

function ratios(result: Result, figure: string): Record<string, number> {
  const own = summarize(result.samples).filter((summary) => summary.figure === figure)
  return Object.fromEntries(own.map(({ target, ratio }) => [target, ratio.median]))
}

function origins(result: Result): string[] {
  return settingsOf(result).map(
    (setting) => `${setting.startedAt.slice(8, 10)} ${originText(result, setting)}`,
  )
}

test('what was measured again replaces what was there, each with the raw ws of its own run', () => {
  const older = run('01', 'b', { ws: 8, node: 1, koa: 2 })
  const merged = mergeResults(older, run('02', 'b', { ws: 6, node: 2 }))
  assert.deepEqual(ratios(merged, 'b'), { ws: 1, node: 3, koa: 4 })
  assert.deepEqual(origins(merged), ['01 pipelined (koa)', '02 pipelined (node)'])
})

test('a run of which nothing is left is no longer listed, nor is its raw ws kept', () => {
  const first = run('01', 'b', { ws: 8, node: 1 })
  const second = mergeResults(first, run('02', 'g', { ws: 5, node: 1 }))
  const third = mergeResults(second, run('03', 'b', { ws: 9, node: 3 }))
  assert.deepEqual(origins(third), ['02 chat', '03 pipelined'])
  assert.deepEqual(ratios(third, 'b'), { ws: 1, node: 3 })
  assert.equal(third.samples.filter(({ figure, target }) => figure === 'b' && target === 'ws').length, 2)
})

test('of a group of which nothing is left, the raw ws is not kept either', () => {
  const first = run('01', 'b', { ws: 8, node: 1, koa: 2 })
  const inGroups = first.samples.flatMap((sample) => {
    if (sample.target === 'koa') return [{ ...sample, group: 2 }]
    return sample.target === 'ws' ? [sample, { ...sample, group: 2, cost: 6 }] : [sample]
  })
  const merged = mergeResults({ ...first, samples: inGroups }, run('02', 'b', { ws: 9, node: 3 }))
  assert.deepEqual(ratios(merged, 'b'), { ws: 1, koa: 3, node: 3 })
  const bases = merged.samples.filter(({ target }) => target === 'ws')
  assert.deepEqual(
    bases.map(({ cost }) => cost),
    [6, 6, 9, 9],
  )
})

test('a run of raw ws alone, or that was ended before it had anything, is not listed in the documents', () => {
  const first = run('01', 'b', { ws: 8, node: 1 })
  const alone = mergeResults(first, run('02', 'b', { ws: 7 }))
  const ended = mergeResults(first, { ...run('03', 'b', { ws: 1 }), samples: [] })
  for (const result of [alone, ended]) {
    const listed = documentTables(result).match(/^- .*: 2026-11-\d\d/gm)
    assert.deepEqual(listed, ['- pipelined: 2026-11-01'])
  }
})

test('what has a value that is varied stands in the tables of growth alone', () => {
  const figures = GROWTH.flatMap(({ steps }) => steps.flatMap(({ figures }) => Object.values(figures)))
  const [figure] = figures
  assert.ok(figure !== undefined)
  const both = run('01', 'b', { ws: 8, node: 1 })
  const samples = ['ws', 'node'].map((target) => ({
    figure: figure.key,
    target,
    round: 1,
    group: 1,
    cost: 1,
  }))
  const text = documentTables({
    ...both,
    figures: [...both.figures, figure],
    samples: [...both.samples, ...samples],
  })
  assert.match(text, /^\| pipelined/m)
  assert.doesNotMatch(text, new RegExp(`^\\| ${figure.title} `, 'm'))
  assert.match(text, /How cost grows/)
})

test('rows and targets are in the order of the bench, whenever they were measured', () => {
  const merged = mergeResults(run('01', 'g', { ws: 1, koa: 1 }), run('02', 'ab', { ws: 1, node: 1 }))
  assert.deepEqual(
    merged.figures.map(({ key }) => key),
    figuresOf('abg').map(({ key }) => key),
  )
  assert.deepEqual(
    merged.targets.map(({ name }) => name),
    ['ws', 'node', 'koa'],
  )
})
