import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionRequest } from '../dist/index.js'
import { memoryRequestSource } from '../dist/memory/memory-request.js'
import { type AllowedOrigins, isCanonicalOrigin, isHost, isOriginAllowed } from '../dist/origin.js'

interface Asked {
  readonly origin?: string | readonly string[]
  readonly host?: string
  readonly encrypted?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly hops?: number
}

function allows(allowed: AllowedOrigins, asked: Asked, requireOrigin = false): boolean {
  const { origin, host = 'good.test', encrypted = true, headers = {}, hops = 0 } = asked
  const source = memoryRequestSource({ encrypted, headers: { ...headers, host, origin } })
  return isOriginAllowed(
    source.headerValues('origin'),
    new SessionRequest(source, hops),
    allowed,
    requireOrigin,
  )
}

const same: readonly [Asked, boolean][] = [
  [{ origin: 'https://good.test' }, true],
  [{ origin: 'https://good.test', host: 'GOOD.test' }, true],
  [{ origin: 'https://good.test', host: 'good.test:443' }, true],
  [{ origin: 'https://good.test:8443', host: 'good.test:8443' }, true],
  [{ origin: 'http://good.test', encrypted: false }, true],
  [{ origin: 'http://good.test', encrypted: false, host: 'good.test:80' }, true],
  [{ origin: 'http://127.0.0.1:8080', encrypted: false, host: '127.0.0.1:8080' }, true],
  [{ origin: 'http://[::1]:8080', encrypted: false, host: '[::1]:8080' }, true],
  [{ origin: 'https://xn--mnchen-3ya.test', host: 'xn--mnchen-3ya.test' }, true],
  [{ origin: 'https://good.test.', host: 'good.test.' }, true],
  [{}, true],
  // Scheme and port.
  [{ origin: 'http://good.test' }, false],
  [{ origin: 'https://good.test', encrypted: false }, false],
  [{ origin: 'wss://good.test' }, false],
  [{ origin: 'https://good.test:8443' }, false],
  [{ origin: 'https://good.test', host: 'good.test:8443' }, false],
  [{ origin: 'https://good.test:443' }, false],
  [{ origin: 'https://good.test:' }, false],
  // Hosts that look like it.
  [{ origin: 'https://good.test.evil.test' }, false],
  [{ origin: 'https://evilgood.test' }, false],
  [{ origin: 'https://evil.test' }, false],
  [{ origin: 'https://sub.good.test' }, false],
  [{ origin: 'https://good.tes' }, false],
  [{ origin: 'https://good.test.' }, false],
  [{ origin: 'https://g\u043e\u043ed.test' }, false],
  [{ origin: 'https://münchen.test', host: 'xn--mnchen-3ya.test' }, false],
  // What only looks like an origin.
  [{ origin: 'null' }, false],
  [{ origin: '' }, false],
  [{ origin: '*' }, false],
  [{ origin: 'good.test' }, false],
  [{ origin: '//good.test' }, false],
  [{ origin: 'https:good.test' }, false],
  [{ origin: 'https:/good.test' }, false],
  [{ origin: 'https://good.test/' }, false],
  [{ origin: 'https://good.test/path' }, false],
  [{ origin: 'https://good.test?' }, false],
  [{ origin: 'https://good.test#' }, false],
  [{ origin: 'HTTPS://good.test' }, false],
  [{ origin: 'https://GOOD.test' }, false],
  [{ origin: 'https://evil.test@good.test' }, false],
  [{ origin: 'https://good.test@evil.test' }, false],
  [{ origin: 'https://good.test:x@evil.test' }, false],
  [{ origin: 'https://good.test\\.evil.test' }, false],
  [{ origin: 'https://evil.test\\@good.test' }, false],
  [{ origin: 'https://good.test%2eevil.test' }, false],
  [{ origin: 'https://good.test https://evil.test' }, false],
  [{ origin: 'https://good.test, https://good.test' }, false],
  [{ origin: ' https://good.test' }, false],
  [{ origin: 'file://' }, false],
  [{ origin: 'data:text/html,x' }, false],
  [{ origin: 'blob:https://good.test/1' }, false],
  [{ origin: 'https://[' }, false],
  // More than one.
  [{ origin: ['https://good.test', 'https://good.test'] }, false],
  [{ origin: ['https://good.test', 'https://evil.test'] }, false],
  // A Host that a parser could be fooled by.
  [{ origin: 'https://good.test', host: 'evil.test@good.test' }, false],
  [{ origin: 'https://good.test', host: 'good.test/x' }, false],
  [{ origin: 'https://good.test', host: 'good.test?' }, false],
  [{ origin: 'https://good.test', host: 'good.test#' }, false],
  [{ origin: 'https://good.test', host: '[' }, false],
  [{ origin: 'https://good.test', host: '' }, false],
  [{ origin: 'https://good.test', host: 'good.test:99999' }, false],
]

for (const [asked, expected] of same) {
  const { origin = 'no Origin', host = 'good.test', encrypted = true } = asked
  test(`H10: same-origin ${expected ? 'lets' : 'refuses'} ${JSON.stringify(origin)} at ${encrypted ? 'https' : 'http'}://${host}`, () => {
    assert.equal(allows('same-origin', asked), expected)
  })
}

test('H10: forwarded host and scheme count only behind trusted proxies', () => {
  const headers = { 'x-forwarded-host': 'good.test', 'x-forwarded-proto': 'HTTPS' }
  const asked = { origin: 'https://good.test', host: 'inner.test:8080', encrypted: false, headers }
  assert.equal(allows('same-origin', asked), false)
  assert.equal(allows('same-origin', { ...asked, hops: 1 }), true)
  assert.equal(allows('same-origin', { ...asked, hops: 2 }), true)
  assert.equal(allows('same-origin', { ...asked, origin: 'https://inner.test:8080', hops: 1 }), false)
})

test('H10: what a client writes in front of what the trusted proxy appends does not count', () => {
  const headers = { 'x-forwarded-host': 'evil.test, good.test', 'x-forwarded-proto': 'https' }
  const asked = { host: 'inner.test', headers, hops: 1 }
  assert.equal(allows('same-origin', { ...asked, origin: 'https://good.test' }), true)
  assert.equal(allows('same-origin', { ...asked, origin: 'https://evil.test' }), false)
})

test('a list allows its members alone, and same-origin where it says so', () => {
  const list = ['https://app.test', 'http://localhost:5173'] as const
  assert.equal(allows(list, { origin: 'https://app.test' }), true)
  assert.equal(allows(list, { origin: 'http://localhost:5173' }), true)
  assert.equal(allows(list, { origin: 'https://good.test' }), false)
  assert.equal(allows(list, { origin: 'https://app.test.evil.test' }), false)
  assert.equal(allows([...list, 'same-origin'], { origin: 'https://good.test' }), true)
  assert.equal(allows([], { origin: 'https://good.test' }), false)
})

test('the words that stand for the own origin in a list are no origin', () => {
  assert.equal(allows(['same-origin'], { origin: 'same-origin' }), false)
  assert.equal(allows('same-origin', { origin: 'same-origin' }), false)
})

test('what was decided for one request says nothing about the next', () => {
  for (const [before] of same) {
    for (const [asked, expected] of same) {
      allows('same-origin', before)
      assert.equal(allows('same-origin', asked), expected, JSON.stringify([before, asked]))
    }
  }
})

test("'*' allows every origin, null too, but never two", () => {
  assert.equal(allows('*', { origin: 'null' }), true)
  assert.equal(allows('*', { origin: 'https://evil.test' }), true)
  assert.equal(allows('*', { origin: ['https://a.test', 'https://b.test'] }), false)
})

test('a predicate is asked only about an origin in its canonical form, and only true lets in', () => {
  const seen: string[] = []
  const ask = (answer: unknown, origin: string | readonly string[]) =>
    allows(
      (value) => {
        seen.push(value)
        return answer as boolean
      },
      { origin },
    )
  assert.equal(ask(true, 'https://a.test'), true)
  for (const answer of [1, 'yes', {}, undefined, null]) assert.equal(ask(answer, 'https://a.test'), false)
  const asked = seen.length
  for (const origin of ['null', 'https://a.test/', 'https://A.test', ['https://a.test', 'https://a.test']]) {
    assert.equal(ask(true, origin), false)
  }
  assert.equal(seen.length, asked)
})

test('a predicate that answers later has not said yes, and its rejection is nobody else to hear', async () => {
  const unhandled: unknown[] = []
  const hear = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', hear)
  const later = () => Promise.resolve(true) as unknown as boolean
  const never = () => Promise.reject(new Error('looked up and lost')) as unknown as boolean
  assert.equal(allows(later, { origin: 'https://a.test' }), false)
  assert.equal(allows(never, { origin: 'https://a.test' }), false)
  await new Promise((resolve) => setImmediate(resolve))
  process.removeListener('unhandledRejection', hear)
  assert.deepEqual(unhandled, [])
})

test('a request without an Origin comes from no browser and passes, unless one is required', () => {
  for (const allowed of ['same-origin', '*', [], () => false] as const) {
    assert.equal(allows(allowed, {}), true)
    assert.equal(allows(allowed, {}, true), false)
  }
  assert.equal(allows('same-origin', { origin: 'https://good.test' }, true), true)
})

test('canonical origins and hosts are told from everything else', () => {
  for (const origin of ['https://a.test', 'http://a.test:8080', 'http://[::1]', 'app://local']) {
    assert.ok(isCanonicalOrigin(origin), origin)
  }
  for (const host of ['a', 'a.b', 'a_b', '1.2.3.4', '1.2.3.4:80', '[::1]', '[::1]:80', 'a:65535']) {
    assert.ok(isHost(host), host)
  }
  for (const host of [
    undefined,
    '',
    ':80',
    'a:',
    'a:b',
    'a b',
    'a,b',
    '[',
    ']',
    '[::1',
    'a:123456',
    '1.2.3.4.5.6',
    'a\\b',
  ]) {
    assert.ok(!isHost(host), String(host))
  }
})
