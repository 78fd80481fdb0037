import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { EchoSessionError, type RejectOptions, refuse, reject } from '../dist/index.js'
import { isRejection, type Rejection, refuseFault, refuseRejected, retryLater } from '../dist/refusal.js'

function rejected(status: number, options?: RejectOptions): Rejection {
  try {
    reject(status, options)
  } catch (error) {
    assert.ok(isRejection(error), 'reject threw something else')
    return error
  }
}

for (const status of [
  0,
  1,
  99,
  100,
  101,
  200,
  204,
  299,
  304,
  600,
  999,
  -1,
  401.5,
  Number.NaN,
  '401',
  null,
  {},
]) {
  test(`H13: reject refuses the status ${JSON.stringify(status)}`, () => {
    assert.throws(() => reject(status as number), { name: 'TypeError', code: 'ES_ERR_REJECTION' })
  })
}

const badOptions: readonly [string, unknown][] = [
  ['a line break in a value', { headers: { 'X-A': 'a\r\nSet-Cookie: b' } }],
  ['a bare line feed in a value', { headers: { 'X-A': 'a\nb' } }],
  ['a null byte in a value', { headers: { 'X-A': 'a\0b' } }],
  ['a character beyond one byte', { headers: { 'X-A': '\u{1f600}' } }],
  ['a line break in a name', { headers: { 'X-A\r\nX-B': 'a' } }],
  ['a space in a name', { headers: { 'X A': 'a' } }],
  ['a colon in a name', { headers: { 'X:A': 'a' } }],
  ['an empty name', { headers: { '': 'a' } }],
  ['a value that is a number', { headers: { 'X-A': 1 } }],
  ['a value that is a list', { headers: { 'X-A': ['a'] } }],
  ['a Headers object', { headers: new Headers({ 'X-A': 'a' }) }],
  ['a list of headers', { headers: [['X-A', 'a']] }],
  ['headers that are a string', { headers: 'X-A: a' }],
  ['headers that are null', { headers: null }],
  ['Content-Length', { headers: { 'content-length': '0' } }],
  ['Transfer-Encoding', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ['Connection', { headers: { Connection: 'keep-alive' } }],
  ['a body that is an object', { body: { error: 'x' } }],
  ['a body of bytes', { body: new Uint8Array(1) }],
]

for (const [name, options] of badOptions) {
  test(`H13: reject refuses ${name}`, () => {
    assert.throws(() => reject(401, options as RejectOptions), {
      name: 'TypeError',
      code: 'ES_ERR_REJECTION',
    })
  })
}

test('a rejection is answered with its status, headers and body', () => {
  const refusal = refuseRejected(
    rejected(302, { headers: { Location: '/login', 'Set-Cookie': 'a=1' }, body: 'go' }),
  )
  assert.deepEqual(refusal, {
    accepted: false,
    code: 'ES_ERR_REJECTED',
    status: 302,
    headers: { Location: '/login', 'Set-Cookie': 'a=1' },
    body: 'go',
  })
})

test('a rejection without a body says its status', () => {
  assert.equal(refuseRejected(rejected(403)).body, '403 Forbidden\n')
  assert.equal(refuseRejected(rejected(418)).body, '418 Refused\n')
  assert.equal(refuseRejected(rejected(403, { body: '' })).body, '')
})

test('ES-1.29: a 401 names a way to authenticate: the one given, in whatever case, or Bearer', () => {
  assert.deepEqual(refuseRejected(rejected(401)).headers, { 'WWW-Authenticate': 'Bearer' })
  const given = { 'www-authenticate': 'Basic realm="a"' }
  assert.deepEqual(refuseRejected(rejected(401, { headers: given })).headers, given)
  assert.deepEqual(refuseRejected(rejected(403)).headers, {})
})

test('H13: what was checked is what goes out, whatever the headers do when they are read again', () => {
  let reads = 0
  const headers = {
    get 'X-A'(): string {
      reads++
      return reads === 1 ? 'good' : 'bad\r\nSet-Cookie: x'
    },
  }
  assert.deepEqual({ ...rejected(403, { headers }).headers }, { 'X-A': 'good' })
})

test('only what reject has thrown is a rejection, whatever else says so', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const look: readonly unknown[] = [
    undefined,
    null,
    'x',
    new EchoSessionError('ES_ERR_REJECTED', 'x', { status: 401 }),
    { code: 'ES_ERR_REJECTED', status: 401, headers: {}, body: '' },
    proxy,
    new Proxy({}, { get: () => true }),
    new Proxy(rejected(401), { getPrototypeOf: () => null, get: () => 401 }),
  ]
  for (const value of look) assert.equal(isRejection(value), false)
})

test('a rejection that was changed after it was checked is none', () => {
  for (const change of [{ headers: { 'X-A': 'a\r\nb' } }, { status: 101 }, { status: '401' }, { body: 5 }]) {
    assert.equal(isRejection(Object.assign(rejected(401), change)), false)
  }
})

test('G16: a fault shows nothing of what was thrown in its message or stack', () => {
  const refusal = refuseFault(new Error('canary'))
  assert.equal(refusal.status, 500)
  assert.doesNotMatch(refusal.body + JSON.stringify(refusal.headers), /canary/)
  assert.doesNotMatch(String(refusal.fault?.stack), /canary|\n/)
  assert.doesNotMatch(String(refusal.fault), /canary/)
  assert.match(inspect(refusal.fault?.cause), /canary/)
})

test("the engine's own refusals have the status of the table and say so", () => {
  assert.deepEqual(refuse('ES_ERR_ORIGIN'), {
    accepted: false,
    code: 'ES_ERR_ORIGIN',
    status: 403,
    headers: {},
    body: '403 Forbidden\n',
  })
})

test('ES-1.21: Retry-After is in whole seconds, rounded up', () => {
  for (const [ms, seconds] of [
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [5_000, '5'],
  ] as const) {
    assert.equal(retryLater('ES_ERR_CAPACITY', ms).headers['Retry-After'], seconds)
  }
})
