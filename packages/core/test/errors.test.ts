import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { argumentError, describe, EchoSessionError, ERRORS, isSendableCloseCode } from '../dist/index.js'

/** Command lines of their own, with errors of their own. */
const TOOLS = ['conformance', 'tooling']
const packages = fileURLToPath(new URL('../..', import.meta.url))

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
}

function usedCodes(): Set<string> {
  const used = new Set<string>()
  for (const name of readdirSync(packages).filter((folder) => !TOOLS.includes(folder))) {
    let sources: string[]
    try {
      sources = sourcesOf(join(packages, name, 'src'))
    } catch {
      continue
    }
    for (const source of sources) {
      // A row of the table is no use of it.
      for (const [code] of source.matchAll(/ES_ERR_[A-Z_]+\b(?!: \{)/g)) used.add(code)
    }
  }
  return used
}

test('every code that the packages use is in the table', () => {
  const unknown = [...usedCodes()].filter((code) => !Object.hasOwn(ERRORS, code))
  assert.deepEqual(unknown, [])
})

test('every code of the table is used', () => {
  const used = usedCodes()
  const unused = Object.keys(ERRORS).filter((code) => !used.has(code))
  assert.deepEqual(unused, [])
})

test('every row of the table is one sentence with a status or close code that may be used', () => {
  for (const [code, row] of Object.entries(ERRORS)) {
    assert.match(row.meaning, /^[A-Za-z][^\n]*[^.]\.$/, code)
    if ('status' in row) assert.ok(row.status >= 400 && row.status <= 599, code)
    // 1006 is never sent: it stands for a connection that is cut.
    if ('closeCode' in row) assert.ok(isSendableCloseCode(row.closeCode) || row.closeCode === 1006, code)
  }
})

test('an error carries its code, the status or close code of the table, and the cause', () => {
  const cause = new Error('underneath')
  const refused = new EchoSessionError('ES_ERR_ORIGIN', 'no', { cause })
  assert.equal(refused.name, 'EchoSessionError')
  assert.equal(refused.code, 'ES_ERR_ORIGIN')
  assert.equal(refused.status, 403)
  assert.equal(refused.closeCode, undefined)
  assert.equal(refused.cause, cause)
  const ended = new EchoSessionError('ES_ERR_RATE', 'too fast')
  assert.equal(ended.closeCode, 1008)
  assert.equal(ended.status, undefined)
  assert.equal('cause' in ended, false)
  assert.equal(new EchoSessionError('ES_ERR_REJECTED', 'no', { status: 401 }).status, 401)
})

test('a cause that is undefined is still a cause', () => {
  const error = new EchoSessionError('ES_ERR_AUTHORIZE', 'failed', { cause: undefined })
  assert.ok('cause' in error)
})

test('a wrong argument is a TypeError with a code', () => {
  const error = argumentError('ES_ERR_MESSAGE_TYPE', 'wrong')
  assert.ok(error instanceof TypeError)
  assert.equal(error.code, 'ES_ERR_MESSAGE_TYPE')
})

const described: readonly [unknown, string][] = [
  ['text', '"text"'],
  ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
  ['a\r\nb', '"a\\r\\nb"'],
  [1, '1'],
  [Number.NaN, 'NaN'],
  [12n, '12n'],
  [10n ** 100n, `1${'0'.repeat(59)}n`],
  [undefined, 'undefined'],
  [null, 'null'],
  [true, 'true'],
  [() => 1, 'a function'],
  [Symbol('secret'), 'a symbol'],
  [[1, 2], 'an array of 2'],
  [{ token: 'secret' }, 'an object (Object)'],
  [new Date(0), 'an object (Date)'],
  [{ [Symbol.toStringTag]: 'T'.repeat(200) }, `an object (${'T'.repeat(60)})`],
]

for (const [value, text] of described) {
  test(`an error message shows ${text.slice(0, 30)} for such a value, and nothing of what is inside`, () => {
    assert.equal(describe(value), text)
  })
}

test('an error message shows something for values that throw when they are looked at', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const hostile = {
    get [Symbol.toStringTag](): string {
      throw new Error('not for you')
    },
  }
  assert.equal(describe(proxy), 'an object that cannot be looked at')
  assert.equal(describe(hostile), 'an object that cannot be looked at')
})
