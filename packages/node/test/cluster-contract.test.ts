import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { CaseReport } from '@echosession/conformance'

const PROGRAM = fileURLToPath(new URL('cluster-contract-program.js', import.meta.url))

for (const serialization of ['json', 'advanced']) {
  test(`the cluster relay holds every clause of RELAY.md (serialization ${serialization})`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, serialization], {
      timeout: 300_000,
    })
    const cases: readonly CaseReport[] = JSON.parse(stdout)
    const failures = cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'unsupported')
    assert.deepEqual(failures, [])
    assert.ok(cases.length >= 20)
  })
}
