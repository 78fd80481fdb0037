import type { Sample } from './measure/sample.js'
import type { Figure } from './pattern.js'
import type { Failure } from './rounds.js'
import type { Target } from './target.js'

/** A target as it was measured. */
export interface MeasuredTarget extends Pick<Target, 'name' | 'title' | 'kind' | 'options'> {
  readonly versions: Readonly<Record<string, string>>
  /** Why it was not measured, in one sentence, if so. */
  readonly missing?: string
}

/** Where and how it was measured. */
export interface Setting {
  /** The number of its first round: more than 1 where it was put to earlier runs. */
  readonly firstRound: number
  readonly startedAt: string
  readonly seconds: number
  readonly node: string
  readonly system: string
  readonly cpu: string
  readonly cpus: number
  readonly pinning: string
  /** Where the CPU time of the servers was read from. */
  readonly cpuSource: string
  /** The system's load before and after, in the mean of a minute. */
  readonly load: readonly [number, number]
  readonly rounds: number
  readonly warmMs: number
  readonly runMs: number
}

/** Everything that a run of the bench found. */
export interface BenchResult {
  readonly setting: Setting
  /** The runs before it whose samples are still among these. */
  readonly earlier?: readonly Setting[]
  readonly targets: readonly MeasuredTarget[]
  readonly figures: readonly Figure[]
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
}

/** Lists the runs that a result was put together from, oldest first. */
export function settingsOf({ earlier = [], setting }: BenchResult): Setting[] {
  return [...earlier, setting]
}

/** Tells whether a round belongs to a run. */
export function isRoundOf({ firstRound, rounds }: Setting, round: number): boolean {
  return round >= firstRound && round < firstRound + rounds
}
