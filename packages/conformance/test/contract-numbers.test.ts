import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CLAUSES } from '@echosession/conformance'
import { readWritten } from './written-clauses.js'

// The contract lies beside the package that keeps it.
const CONTRACT = new URL('../CONTRACT.md', import.meta.resolve('@echosession/core'))

const written = readWritten(readFileSync(fileURLToPath(CONTRACT), 'utf8'), 'ES')
const cases = CLAUSES.flatMap(({ clauses }) => clauses)

test('CONTRACT.md and the suite have the same clauses, in the same order', () => {
  assert.deepEqual(
    cases.map(({ id }) => id),
    written.ids,
  )
  assert.equal(new Set(written.ids).size, written.ids.length)
})

test('clauses are numbered from 1 in each chapter, and chapters have the same titles', () => {
  for (const [index, { title, clauses }] of CLAUSES.entries()) {
    assert.equal(written.chapters.get(index + 1), title)
    assert.deepEqual(
      clauses.map(({ id }) => id),
      clauses.map((_, at) => `ES-${index + 1}.${at + 1}`),
    )
  }
  assert.equal(written.chapters.size, CLAUSES.length)
})

test('CONTRACT.md names the capabilities that a case needs', () => {
  for (const { id, needs = [] } of cases) assert.deepEqual(written.needs.get(id), needs, id)
})
