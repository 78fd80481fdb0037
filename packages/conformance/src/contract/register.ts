import type { Chapter } from './clause.js'
import { CONTRACT_SUITE } from './contract-suite.js'
import { type Judged, judge, missing, type Playground, type Suite } from './judge.js'
import type { Target } from './target.js'

/** The `test` function of a test runner: that of node:test, Vitest and Jest all fit. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown

/** Registers one test per clause of a suite. */
export function registerSuite<On extends Playground, Need extends string, Of extends Judged<Need>>(
  suite: Suite<On, Need, Of>,
  test: TestFunction,
  clauses: readonly Chapter<On, Need, string>[],
  target: Of,
): void {
  for (const chapter of clauses) {
    for (const clause of chapter.clauses) {
      const lacking = missing(clause, target)
      const suffix =
        lacking.length > 0
          ? ` (unsupported: no ${lacking.join(', ')})`
          : target.excluded?.[clause.id] === undefined
            ? ''
            : ' (excluded)'
      test(`${clause.id} ${target.name}: ${clause.title}${suffix}`, async () => {
        const { error } = await judge(suite, clause, chapter, target)
        if (error !== undefined) throw error
      })
    }
  }
}

/**
 * Registers one test per clause with the test runner that is handed in.
 * @param test the runner's own function.
 * @param clauses chapters of the contract, usually `CLAUSES`.
 */
export function register(test: TestFunction, clauses: readonly Chapter[], target: Target): void {
  registerSuite(CONTRACT_SUITE, test, clauses, target)
}
