import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { RELAY_CLAUSES } from '@echosession/conformance'
import { readWritten } from './written-clauses.js'

// It lies beside the package that keeps it.
const RELAY = new URL('../RELAY.md', import.meta.resolve('@echosession/core'))

const written = readWritten(readFileSync(fileURLToPath(RELAY), 'utf8'), 'RL')
const cases = RELAY_CLAUSES.flatMap(({ clauses }) => clauses)

test('RELAY.md and the suite have the same clauses, in the same order', () => {
  assert.deepEqual(
    cases.map(({ id }) => id),
    written.ids,
  )
  assert.equal(new Set(written.ids).size, written.ids.length)
})

test('clauses are numbered from 1 in each chapter, and chapters have the same titles', () => {
  for (const [index, { title, clauses }] of RELAY_CLAUSES.entries()) {
    assert.equal(written.chapters.get(index + 1), title)
    assert.deepEqual(
      clauses.map(({ id }) => id),
      clauses.map((_, at) => `RL-${index + 1}.${at + 1}`),
    )
  }
  assert.equal(written.chapters.size, RELAY_CLAUSES.length)
})

test('RELAY.md names the capabilities that a case needs', () => {
  for (const { id, needs = [] } of cases) assert.deepEqual(written.needs.get(id), needs, id)
})
