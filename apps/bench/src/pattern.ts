import type { LoadShape, MessageShape } from './generator/job.js'
import type { App } from './servers/server-plan.js'

/** The rows that a step gives: what each is called, and in which unit its cost is. */
export interface Figure {
  readonly key: string
  readonly title: string
  readonly unit: 'µs' | 'bytes' | 'ms'
  /** What the cost is the cost of. */
  readonly per: string
  /** The value of what its pattern varies, if any. */
  readonly at?: number
}

/** One load within a pattern. */
export interface Step {
  readonly app: App
  readonly load: LoadShape
  readonly message: MessageShape
  readonly deflate?: boolean
  /** The time between pings in milliseconds; without it nobody is pinged. */
  readonly heartbeatMs?: number
  /** Rows by what is measured: `cpu` for each message; memory and CPU at rest; latencies. */
  readonly figures: Readonly<Partial<Record<Quantity, Figure>>>
  /** Whether `--quick` runs it too. */
  readonly quick?: boolean
  /** The share of raw ws's highest rate at which messages leave. */
  readonly shareOfMaximum?: number
}

/** What a step can measure. */
export type Quantity = 'cpu' | 'rss' | 'heap' | 'rest' | 'p50' | 'p99' | 'p999'

/** A pattern of traffic. */
export interface Pattern {
  readonly letter: string
  readonly name: string
  readonly title: string
  readonly steps: readonly Step[]
  /** What it varies from step to step, and how the cost of each message may grow with it. */
  readonly axis?: string
  readonly expected?: 'flat' | 'linear'
}

/** Lists the figures of some steps. */
export function figuresOf(steps: readonly Step[]): Figure[] {
  return steps.flatMap(({ figures }) => Object.values(figures))
}
