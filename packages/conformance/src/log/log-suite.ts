import assert from 'node:assert/strict'
import type { Suite } from '../contract/judge.js'
import { registerSuite, type TestFunction } from '../contract/register.js'
import { type RunOptions, runSuite } from '../contract/run.js'
import type { Report } from '../report/report.js'
import { LOG_CLAUSES } from './log-clauses.js'
import { LogStand } from './log-stand.js'
import type { LogCapability, LogTarget } from './log-target.js'

const LOG_SUITE: Suite<LogStand, LogCapability, LogTarget> = {
  name: 'log',
  prepare: (target, patience) => new LogStand(target, patience),
  absence: {
    async network() {},
    async interrupt(stand) {
      assert.equal((await stand.engine).interrupt, undefined, 'an engine that cannot be taken away can')
    },
    async empty(stand) {
      assert.equal((await stand.engine).empty, undefined, 'an engine that cannot be emptied can')
    },
  },
}

/**
 * Registers one test per clause of LOG.md with the test runner that is handed in.
 * @param test the runner's own function.
 */
export function registerLog(test: TestFunction, target: LogTarget): void {
  registerSuite(LOG_SUITE, test, LOG_CLAUSES, target)
}

/**
 * Runs the clauses of LOG.md against a target, one after the other.
 * @returns the report, also when clauses failed; never rejects because of a target.
 */
export function runLog(target: LogTarget, options: RunOptions = {}): Promise<Report> {
  return runSuite(LOG_SUITE, LOG_CLAUSES, target, options)
}
