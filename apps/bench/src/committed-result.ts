import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GROWTH } from './growth.js'
import type { Sample } from './measure/sample.js'
import { figuresOf } from './pattern.js'
import { PATTERNS } from './patterns.js'
import { type BenchResult, isRoundOf, settingsOf } from './result.js'
import { groupKey } from './statistics.js'
import { BASE } from './target.js'
import { TARGETS } from './targets.js'

/** The result that is committed, of which the table in docs/performance.md is made. */
export const RESULT_FILE = fileURLToPath(new URL('../result.json', import.meta.url))

function keyOf({ figure, target }: Pick<Sample, 'figure' | 'target'>): string {
  return `${figure} ${target}`
}

function mergeByKey<Entry>(
  older: readonly Entry[],
  newer: readonly Entry[],
  key: (entry: Entry) => string,
  order: readonly string[],
): Entry[] {
  const entries = new Map(older.map((entry) => [key(entry), entry]))
  for (const entry of newer) entries.set(key(entry), entry)
  return [...entries.values()].sort((a, b) => order.indexOf(key(a)) - order.indexOf(key(b)))
}

const FIGURE_ORDER = [...PATTERNS, ...GROWTH].flatMap(({ steps }) => figuresOf(steps)).map(({ key }) => key)
const TARGET_ORDER = TARGETS.map(({ name }) => name)

/**
 * Puts a new result into an older one: what was measured again replaces what was there, and every ratio keeps the raw
 * `ws` next to it, since the new rounds are counted on from the older ones. A run of which nothing is left is no
 * longer listed.
 */
export function mergeResults(older: BenchResult, newer: BenchResult): BenchResult {
  const settings = settingsOf(older)
  const shift = Math.max(...settings.map(({ firstRound, rounds }) => firstRound + rounds)) - 1
  const again = new Set(newer.samples.filter(({ target }) => target !== BASE).map(keyOf))
  const others = older.samples.filter((sample) => sample.target !== BASE && !again.has(keyOf(sample)))
  const pairKey = (sample: Sample) => `${sample.figure} ${groupKey(sample)}`
  const paired = new Set(others.map(pairKey))
  const bases = older.samples.filter((sample) => sample.target === BASE && paired.has(pairKey(sample)))
  return {
    setting: { ...newer.setting, firstRound: newer.setting.firstRound + shift },
    earlier: settings.filter((setting) => others.some(({ round }) => isRoundOf(setting, round))),
    targets: mergeByKey(older.targets, newer.targets, ({ name }) => name, TARGET_ORDER),
    figures: mergeByKey(older.figures, newer.figures, ({ key }) => key, FIGURE_ORDER),
    samples: [
      ...bases,
      ...others,
      ...newer.samples.map((sample) => ({ ...sample, round: sample.round + shift })),
    ],
    failures: [],
  }
}

/** Reads the committed result; undefined before there is one. */
export function readCommitted(): BenchResult | undefined {
  return existsSync(RESULT_FILE) ? (JSON.parse(readFileSync(RESULT_FILE, 'utf8')) as BenchResult) : undefined
}

/** Puts a result into the committed one. */
export function updateCommitted(result: BenchResult): void {
  const before = readCommitted()
  const merged = before === undefined ? result : mergeResults(before, result)
  // A line for each sample, so that a change can be read.
  const { samples, ...rest } = merged
  const lines = samples.map((sample) => ` ${JSON.stringify(sample, shorten)}`)
  writeFileSync(RESULT_FILE, `${JSON.stringify(rest).slice(0, -1)},\n"samples":[\n${lines.join(',\n')}\n]}\n`)
}

function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
}
