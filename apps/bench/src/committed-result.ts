import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Sample } from './measure/sample.js'
import type { BenchResult } from './result.js'
import { BASE } from './target.js'

/** The result that is committed, of which the table in docs/performance.md is made. */
export const RESULT_FILE = fileURLToPath(new URL('../result.json', import.meta.url))

function keyOf({ figure, target }: Pick<Sample, 'figure' | 'target'>): string {
  return `${figure} ${target}`
}

function mergeByKey<Entry>(
  older: readonly Entry[],
  newer: readonly Entry[],
  key: (entry: Entry) => string,
): Entry[] {
  const entries = new Map(older.map((entry) => [key(entry), entry]))
  for (const entry of newer) entries.set(key(entry), entry)
  return [...entries.values()]
}

/**
 * Puts a new result into an older one: what was measured again replaces what was there, and every ratio keeps the raw
 * `ws` of its own round, since the new rounds are counted on from the older ones.
 */
export function mergeResults(older: BenchResult, newer: BenchResult): BenchResult {
  const offset = older.samples.reduce((most, { round }) => Math.max(most, round), 0)
  const again = new Set(newer.samples.filter(({ target }) => target !== BASE).map(keyOf))
  const kept = older.samples.filter((sample) => !again.has(keyOf(sample)))
  const paired = new Set(
    kept.filter(({ target }) => target !== BASE).map(({ figure, round }) => `${figure} ${round}`),
  )
  return {
    setting: newer.setting,
    earlier: [...(older.earlier ?? []), older.setting],
    targets: mergeByKey(older.targets, newer.targets, ({ name }) => name),
    figures: mergeByKey(older.figures, newer.figures, ({ key }) => key),
    samples: [
      ...kept.filter(({ target, figure, round }) => target !== BASE || paired.has(`${figure} ${round}`)),
      ...newer.samples.map((sample) => ({ ...sample, round: sample.round + offset })),
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
