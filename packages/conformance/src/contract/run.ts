import { readFileSync } from 'node:fs'
import { type CaseReport, currentRuntime, type Report } from '../report/report.js'
import type { Chapter } from './clause.js'
import { CONTRACT_SUITE } from './contract-suite.js'
import { type Judged, judge, type Playground, type Suite } from './judge.js'
import { DEFAULT_PATIENCE, type Patience } from './patience.js'
import type { Target } from './target.js'

/** Options of {@link run}. */
export interface RunOptions {
  /** Called with each outcome as it is known. */
  readonly onProgress?: (outcome: CaseReport, done: number, of: number) => void
  /** Runs only the clauses that this accepts. */
  readonly only?: (id: string) => boolean
  /** How long a case waits for something before it says that it did not happen. */
  readonly patience?: Patience
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Runs the clauses of a suite against a target, one after the other. */
export async function runSuite<On extends Playground, Need extends string, Of extends Judged<Need>>(
  suite: Suite<On, Need, Of>,
  clauses: readonly Chapter<On, Need, string>[],
  target: Of,
  options: RunOptions = {},
): Promise<Report> {
  const startedAt = new Date()
  const began = performance.now()
  const version = packageVersion()
  const chosen = clauses.flatMap((chapter) =>
    chapter.clauses.filter(({ id }) => options.only?.(id) ?? true).map((clause) => ({ chapter, clause })),
  )
  const cases: CaseReport[] = []
  for (const { chapter, clause } of chosen) {
    const { report } = await judge(suite, clause, chapter, target, options.patience ?? DEFAULT_PATIENCE)
    cases.push(report)
    options.onProgress?.(report, cases.length, chosen.length)
  }
  return {
    schema: 'echosession-report/1',
    suite: suite.name,
    suiteVersion: version,
    // One number for core, adapters and conformance: one number is one contract.
    contractVersion: version,
    target: { name: target.name },
    runtime: currentRuntime(),
    startedAt: startedAt.toISOString(),
    durationMs: performance.now() - began,
    cases,
  }
}

/**
 * Runs clauses against a target, one after the other.
 * @param clauses chapters of the contract, usually `CLAUSES`.
 * @returns the report, also when clauses failed; never rejects because of a target.
 */
export function run(clauses: readonly Chapter[], target: Target, options: RunOptions = {}): Promise<Report> {
  return runSuite(CONTRACT_SUITE, clauses, target, options)
}
