import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LOG_CLAUSES } from '@echosession/conformance'
import { readWritten } from './written-clauses.js'

// It lies beside the package that keeps it.
const LOG = new URL('../LOG.md', import.meta.resolve('@echosession/core'))

const written = readWritten(readFileSync(fileURLToPath(LOG), 'utf8'), 'LG')
const cases = LOG_CLAUSES.flatMap(({ clauses }) => clauses)

test('LOG.md and the suite have the same clauses, in the same order and chapters', () => {
  assert.deepEqual(
    cases.map(({ id }) => id),
    written.ids,
  )
  assert.deepEqual(
    LOG_CLAUSES.map(({ title }) => title),
    [...written.chapters.values()],
  )
  for (const { id, needs = [] } of cases) assert.deepEqual(written.needs.get(id), needs, id)
})
