import assert from 'node:assert/strict'
import type { Suite } from '../contract/judge.js'
import { registerSuite, type TestFunction } from '../contract/register.js'
import { type RunOptions, runSuite } from '../contract/run.js'
import type { Report } from '../report/report.js'
import { RELAY_CLAUSES } from './relay-clauses.js'
import { RelayStand } from './relay-stand.js'
import type { RelayCapability, RelayTarget } from './relay-target.js'

const RELAY_SUITE: Suite<RelayStand, RelayCapability, RelayTarget> = {
  name: 'relay',
  prepare: (target, patience) => new RelayStand(target, patience),
  absence: {
    async network() {},
    async client(stand) {
      assert.equal((await stand.join()).isClientAlive, undefined, 'a relay without a client has one')
    },
    async interrupt(stand) {
      assert.equal((await stand.engine).interrupt, undefined, 'an engine that cannot be taken away can')
    },
    async freeze(stand) {
      assert.equal((await stand.engine).freeze, undefined, 'an engine that cannot be frozen can')
    },
    async cut(stand) {
      assert.equal((await stand.join()).cut, undefined, 'a process that cannot be cut off can')
    },
  },
}

/**
 * Registers one test per clause of RELAY.md with the test runner that is handed in.
 * @param test the runner's own function.
 */
export function registerRelay(test: TestFunction, target: RelayTarget): void {
  registerSuite(RELAY_SUITE, test, RELAY_CLAUSES, target)
}

/**
 * Runs the clauses of RELAY.md against a target, one after the other.
 * @returns the report, also when clauses failed; never rejects because of a target.
 */
export function runRelay(target: RelayTarget, options: RunOptions = {}): Promise<Report> {
  return runSuite(RELAY_SUITE, RELAY_CLAUSES, target, options)
}
