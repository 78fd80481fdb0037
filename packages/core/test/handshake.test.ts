import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHandshake, isTarget } from '../dist/handshake.js'
import { checkRequest, isWebSocketUpgrade } from '../dist/index.js'
import { type MemoryRequest, memoryRequestSource } from '../dist/memory/memory-request.js'

const check = (request: MemoryRequest) => checkHandshake(memoryRequestSource(request))
const withHeader = (name: string, value: string | readonly string[] | undefined): MemoryRequest => ({
  headers: { [name]: value },
})

test('a valid handshake has nothing wrong with it', () => {
  assert.equal(check({}), undefined)
  assert.equal(check(withHeader('connection', 'keep-alive, upgrade')), undefined)
  assert.equal(check(withHeader('upgrade', 'WebSocket')), undefined)
  assert.equal(check(withHeader('upgrade', 'h2c, websocket')), undefined)
  assert.equal(check(withHeader('content-length', '0')), undefined)
  assert.equal(check({ subprotocols: ['a', 'b.v1'] }), undefined)
  assert.equal(check({ target: '/a/b?x=%zz' }), undefined)
})

const refusals: readonly [string, MemoryRequest, string, number][] = [
  ['no Upgrade', withHeader('upgrade', undefined), 'ES_ERR_UPGRADE_REQUIRED', 426],
  ['another Upgrade', withHeader('upgrade', 'h2c'), 'ES_ERR_UPGRADE_REQUIRED', 426],
  ['no Connection', withHeader('connection', undefined), 'ES_ERR_HANDSHAKE', 400],
  ['Connection: close', withHeader('connection', 'close'), 'ES_ERR_HANDSHAKE', 400],
  ['H6: no Host', withHeader('host', undefined), 'ES_ERR_HANDSHAKE', 400],
  ['H6: two Hosts', withHeader('host', ['a.test', 'a.test']), 'ES_ERR_HANDSHAKE', 400],
  ['H6: a bad Host', withHeader('host', '['), 'ES_ERR_HANDSHAKE', 400],
  ['H6: a Host with user info', withHeader('host', 'a@b'), 'ES_ERR_HANDSHAKE', 400],
  ['H7: POST', { method: 'POST' }, 'ES_ERR_METHOD', 405],
  ['H7: HEAD', { method: 'HEAD' }, 'ES_ERR_METHOD', 405],
  ['H7: HTTP/1.0', { httpVersion: '1.0' }, 'ES_ERR_HANDSHAKE', 400],
  ['H8: no version', withHeader('sec-websocket-version', undefined), 'ES_ERR_VERSION', 426],
  ['H8: version 8', withHeader('sec-websocket-version', '8'), 'ES_ERR_VERSION', 426],
  ['H8: two versions', withHeader('sec-websocket-version', ['13', '13']), 'ES_ERR_VERSION', 426],
  ['H8: version 13.0', withHeader('sec-websocket-version', '13.0'), 'ES_ERR_VERSION', 426],
  ['H8: no key', withHeader('sec-websocket-key', undefined), 'ES_ERR_HANDSHAKE', 400],
  ['H8: an empty key', withHeader('sec-websocket-key', ''), 'ES_ERR_HANDSHAKE', 400],
  ['H8: a short key', withHeader('sec-websocket-key', 'AAAA'), 'ES_ERR_HANDSHAKE', 400],
  ['H8: a long key', withHeader('sec-websocket-key', `${'A'.repeat(24)}==`), 'ES_ERR_HANDSHAKE', 400],
  [
    'H8: a key that is no base64',
    withHeader('sec-websocket-key', `${'-'.repeat(22)}==`),
    'ES_ERR_HANDSHAKE',
    400,
  ],
  [
    'H8: two keys',
    withHeader('sec-websocket-key', [`${'A'.repeat(22)}==`, `${'A'.repeat(22)}==`]),
    'ES_ERR_HANDSHAKE',
    400,
  ],
  ['H17: a body', withHeader('content-length', '5'), 'ES_ERR_HANDSHAKE', 400],
  ['H17: a chunked body', withHeader('transfer-encoding', 'chunked'), 'ES_ERR_HANDSHAKE', 400],
  ['an empty subprotocol', withHeader('sec-websocket-protocol', ''), 'ES_ERR_HANDSHAKE', 400],
  ['a subprotocol that is no token', withHeader('sec-websocket-protocol', 'a, b c'), 'ES_ERR_HANDSHAKE', 400],
  ['an empty one among subprotocols', withHeader('sec-websocket-protocol', 'a,,b'), 'ES_ERR_HANDSHAKE', 400],
  ['an empty one behind subprotocols', withHeader('sec-websocket-protocol', 'a,'), 'ES_ERR_HANDSHAKE', 400],
  ['a subprotocol twice', { subprotocols: ['a', 'b', 'a'] }, 'ES_ERR_HANDSHAKE', 400],
  ['H5: a target without a slash', { target: 'ws' }, 'ES_ERR_TARGET', 400],
]

for (const [name, request, code, status] of refusals) {
  test(`${name} is refused with ${status}`, () => {
    const refusal = check(request)
    assert.equal(refusal?.code, code)
    assert.equal(refusal?.status, status)
  })
}

test('a refusal says what would be right: 426 the protocol and its version, 405 the method', () => {
  const { Upgrade, Connection } = check(withHeader('upgrade', undefined))?.headers ?? {}
  assert.equal(Upgrade, 'websocket')
  assert.match(Connection ?? '', /\bUpgrade\b/)
  assert.deepEqual(check(withHeader('sec-websocket-version', '8'))?.headers, {
    'Sec-WebSocket-Version': '13',
  })
  assert.deepEqual(check({ method: 'PUT' })?.headers, { Allow: 'GET' })
})

const targets: readonly [string, boolean][] = [
  ['/', true],
  ['/ws', true],
  ['/a/../b', true],
  ['/%41', true],
  ['/a?b=%', true],
  [`/${'a'.repeat(8_192)}`, true],
  ['', false],
  ['*', false],
  ['//', false],
  ['//evil.test/ws', false],
  ['http://[/', false],
  ['http://a.test/ws', false],
  ['a.test:80', false],
  ['/%', false],
  ['/%4', false],
  ['/%zz', false],
  ['/a b', false],
  ['/a#b', false],
  ['/\u00e9', false],
  ['/a\u0000', false],
  ['/a\r\nX: y', false],
]

for (const [target, valid] of targets) {
  test(`H5: ${JSON.stringify(target.slice(0, 40))} is ${valid ? 'a' : 'no'} request target`, () => {
    assert.equal(isTarget(target), valid)
    assert.equal(checkRequest(memoryRequestSource({ target }))?.code, valid ? undefined : 'ES_ERR_TARGET')
  })
}

test('H7: what asks for no WebSocket is told from what does, however badly', () => {
  assert.equal(isWebSocketUpgrade(memoryRequestSource({})), true)
  assert.equal(isWebSocketUpgrade(memoryRequestSource({ method: 'POST', target: '//' })), true)
  assert.equal(isWebSocketUpgrade(memoryRequestSource(withHeader('upgrade', 'h2c'))), false)
  assert.equal(isWebSocketUpgrade(memoryRequestSource(withHeader('upgrade', undefined))), false)
})

// No speed is asserted, only how it grows: what a regular expression does inside cannot be counted from here, so the
// processor time for 128 KiB is compared with that for 16 KiB, the least of several runs each.
const floods: readonly [string, string, (size: number) => string][] = [
  ['commas', 'sec-websocket-protocol', (size) => ','.repeat(size)],
  ['spaces', 'sec-websocket-protocol', (size) => `a${' '.repeat(size)}b`],
  ['tabs', 'connection', (size) => `${'\t'.repeat(size)}x`],
  [
    'tokens',
    'sec-websocket-protocol',
    (size) => Array.from({ length: size / 8 }, (_, n) => `p${n}`).join(', '),
  ],
  ['almost a token', 'upgrade', (size) => `${'websocket '.repeat(size / 10)}`],
  ['almost a key', 'sec-websocket-key', (size) => `${'A'.repeat(size)}=`],
  ['a long host', 'host', (size) => `${'a.'.repeat(size / 2)}:x`],
  ['colons', 'host', (size) => `[${':'.repeat(size)}`],
  ['a long origin', 'origin', (size) => `https://${'a'.repeat(size)}`],
]

function cheapest(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 15; round++) {
    const from = process.cpuUsage()
    for (let time = 0; time < 5; time++) run()
    const { user } = process.cpuUsage(from)
    best = Math.min(best, user)
  }
  return best
}

for (const [name, header, make] of floods) {
  test(`CVE-2021-32640: a header of ${name} is checked in time that grows with its length, no faster`, () => {
    const small = memoryRequestSource(withHeader(header, make(16_384)))
    const large = memoryRequestSource(withHeader(header, make(131_072)))
    checkHandshake(small)
    // 8 times the length: linear work grows 8 times, quadratic work 64 times, however often it is looked at. What else the
    // machine does may make either look dearer for a while.
    let least = Number.POSITIVE_INFINITY
    for (let look = 0; look < 10 && least >= 40; look++) {
      const base = cheapest(() => checkHandshake(small))
      least = Math.min(least, cheapest(() => checkHandshake(large)) / Math.max(200, base))
    }
    assert.ok(least < 40, `grew ${least.toFixed(1)} times`)
  })
}
