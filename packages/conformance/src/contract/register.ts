import type { Chapter } from './clause.js'
import { judge, missing } from './judge.js'
import type { Target } from './target.js'

/** The `test` function of a test runner: that of node:test, Vitest and Jest all fit. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown

/**
 * Registers one test per clause with the test runner that is handed in.
 * @param test the runner's own function.
 * @param clauses chapters of the contract, usually `CLAUSES`.
 */
export function register(test: TestFunction, clauses: readonly Chapter[], target: Target): void {
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
        const { error } = await judge(clause, chapter, target)
        if (error !== undefined) throw error
      })
    }
  }
}
