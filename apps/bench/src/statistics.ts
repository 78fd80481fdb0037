import { isHeldBack, type Sample } from './measure/sample.js'
import { BASE } from './target.js'

/** A median and how far the rounds lie apart. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

/** What all rounds of one figure of one target come to. */
export interface Summary {
  readonly figure: string
  readonly target: string
  readonly rounds: number
  /** The cost of the raw `ws` next to it over this one's, round by round: above 1 is faster, or smaller. */
  readonly ratio: Spread
  /** The same of messages per second by the clock on the wall. */
  readonly wallRatio: Spread | undefined
  /** Seconds or bytes. */
  readonly cost: Spread
  /** The median of what server and generator used of a CPU each. */
  readonly serverShare: number | undefined
  readonly generatorShare: number | undefined
  /** Whether the load generator held the server back in most rounds. */
  readonly isHeldBack: boolean
}

/** The middle of some numbers, or of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The median, the least and the greatest of some numbers; undefined for none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) }
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined)
}

/** Names what a sample is held against: the raw `ws` of the same round and group. */
export function groupKey({ round, group }: Pick<Sample, 'round' | 'group'>): string {
  return `${round}.${group}`
}

function summarizeOne(samples: readonly Sample[], base: ReadonlyMap<string, Sample>): Summary | undefined {
  const pairs = samples.flatMap((sample) => {
    const raw = base.get(groupKey(sample))
    // What costs nothing, such as pings that are not sent, has no ratio.
    return raw === undefined || sample.cost === 0 ? [] : [{ sample, raw }]
  })
  const [first] = pairs
  const ratio = spreadOf(pairs.map(({ sample, raw }) => raw.cost / sample.cost))
  const cost = spreadOf(pairs.map(({ sample }) => sample.cost))
  if (first === undefined || ratio === undefined || cost === undefined) return undefined
  const rates = pairs.flatMap(({ sample, raw }) =>
    sample.rate === undefined || raw.rate === undefined ? [] : [sample.rate / raw.rate],
  )
  const server = known(samples.map(({ serverShare }) => serverShare))
  const generator = known(samples.map(({ generatorShare }) => generatorShare))
  return {
    figure: first.sample.figure,
    target: first.sample.target,
    rounds: pairs.length,
    ratio,
    wallRatio: spreadOf(rates),
    cost,
    serverShare: spreadOf(server)?.median,
    generatorShare: spreadOf(generator)?.median,
    isHeldBack: samples.filter(isHeldBack).length * 2 > samples.length,
  }
}

/** Sums samples up, pair by pair with the raw `ws` of the same round and group. */
export function summarize(samples: readonly Sample[]): Summary[] {
  const groups = new Map<string, Sample[]>()
  for (const sample of samples) {
    const key = `${sample.figure} ${sample.target}`
    groups.set(key, [...(groups.get(key) ?? []), sample])
  }
  const summaries: Summary[] = []
  for (const group of groups.values()) {
    const figure = group[0]?.figure
    const base = samples.filter((sample) => sample.figure === figure && sample.target === BASE)
    const summary = summarizeOne(group, new Map(base.map((sample) => [groupKey(sample), sample])))
    if (summary !== undefined) summaries.push(summary)
  }
  return summaries
}
