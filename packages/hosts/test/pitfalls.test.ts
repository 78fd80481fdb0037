import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const LINES = 38
const PARTS = ['the contract: heartbeat', 'client', 'rooms', 'relay', 'transports to come']
const HOSTS = ['node', 'express', 'koa', 'fastify', 'hono', 'hosts']

const folder = join(dirname(fileURLToPath(import.meta.url)), '..')

interface Row {
  readonly number: number
  readonly pitfall: string
  readonly where: string
}

function readRows(): Row[] {
  const text = readFileSync(join(folder, 'PITFALLS.md'), 'utf8')
  return [...text.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \|$/gm)].map(
    ([, number, pitfall = '', where = '']) => ({
      number: Number(number),
      pitfall,
      where,
    }),
  )
}

/** Every string that a test of the hosts could have as its title. */
function readSources(): string {
  const folders = HOSTS.map((name) => join(folder, '..', name, 'test'))
  return [...folders, join(folder, 'src', 'faults')]
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('pitfalls.test.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
}

test('every known pitfall is mapped, once, and in order', () => {
  const rows = readRows()
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: LINES }, (_, index) => index + 1),
  )
  assert.equal(new Set(rows.map(({ pitfall }) => pitfall)).size, LINES)
})

test('every test that the table of pitfalls names exists', () => {
  const titles = [
    ...readSources().matchAll(/(?:title:|test\()\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g),
  ].map(([, single, double, template]) => single ?? double ?? template ?? '')
  assert.ok(titles.length > 60, `${titles.length} titles were found`)
  for (const { number, where } of readRows()) {
    const part = /^part of(?: the contract)?: /.exec(where)
    if (part !== null) {
      assert.ok(
        PARTS.some((name) => where.endsWith(name)),
        `${number}: ${where}`,
      )
      continue
    }
    const named = [...where.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
    assert.ok(named.length > 0, `${number} names a test`)
    for (const name of named) {
      assert.ok(
        titles.some((title) => title.includes(name)),
        `${number} names ${JSON.stringify(name)}, and no test is called so`,
      )
    }
  }
})
