import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailedCase, type Report } from '@echosession/conformance'
import { judgeAll } from '../dist/judge-all.js'
import { differences, type Matrix, matrixOf, readMatrix } from '../dist/matrix.js'

// The variants of each host are judged clause by clause in packages/hosts; lifted limits take minutes.
const ELSEWHERE = / (over TLS|under a sub-path|with compression)$|, limits lifted$/

const committed = readMatrix()

for (const suite of ['wire', 'contract'] as const) {
  for (const target of Object.keys(committed[suite]).filter((name) => !ELSEWHERE.test(name))) {
    test(`matrix: ${target} comes to what the committed matrix says of the ${suite} suite`, async (t) => {
      const reports = await judgeAll(
        { full: false, suites: [suite], seed: undefined },
        (name) => name === target,
        quiet,
      )
      const [report] = reports as [Report]
      if (report.seed !== undefined) t.diagnostic(`seed ${report.seed}`)
      assert.deepEqual(report.cases.filter(isFailedCase), [])
      assert.deepEqual(differences(matrixOf(reports), committed), [])
    })
  }
}

test('matrix: a verdict that changes is a difference, and so is a chapter that is gone', () => {
  const was: Matrix = { suiteVersion: '1', wire: {}, contract: { one: { A: { pass: 2 }, B: { pass: 1 } } } }
  const now: Matrix = { suiteVersion: '1', wire: {}, contract: { one: { A: { fail: 1, pass: 1 } } } }
  assert.deepEqual(differences(was, was), [])
  assert.equal(differences(now, was).length, 2)
})

const quiet = { onCase() {}, onReport() {} }
