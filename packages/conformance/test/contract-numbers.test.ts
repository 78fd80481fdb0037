import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CLAUSES } from '@echosession/conformance'

// The contract lies beside the package that keeps it.
const CONTRACT = new URL('../CONTRACT.md', import.meta.resolve('@echosession/core'))

interface Written {
  readonly chapters: Map<number, string>
  readonly ids: string[]
  readonly needs: Map<string, string[]>
}

function readContract(): Written {
  const text = readFileSync(fileURLToPath(CONTRACT), 'utf8')
  const chapters = new Map<number, string>()
  const ids: string[] = []
  const needs = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, number, title] = /^## (\d+) (.+)$/.exec(line) ?? []
    if (number !== undefined && title !== undefined) chapters.set(Number(number), title)
    const [, id, rest = ''] = /^- \*\*(ES-\d+\.\d+)\*\* (.*)$/.exec(line) ?? []
    if (id === undefined) continue
    ids.push(id)
    needs.set(
      id,
      [...rest.matchAll(/\[([a-z]+)\]/g)].map(([, name]) => name ?? ''),
    )
  }
  return { chapters, ids, needs }
}

const written = readContract()
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
