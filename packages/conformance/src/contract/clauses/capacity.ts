import assert from 'node:assert/strict'
import { defineSession, reject, type SessionDefinition } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { DialRequest } from '../contract-client.js'
import { echo } from '../echo.js'
import { createGate } from '../gate.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'

const from = (address: string): DialRequest => ({ headers: { 'x-forwarded-for': address } })

/** Uses up the only place in some way, then shows that exactly one place is there again. */
async function oneplace(stand: Stand, stage: Stage, what: string): Promise<void> {
  await stage.until(
    () => stand.sessions.size + stand.sessions.counters().pending === 0,
    `the end after ${what}`,
  )
  const client = await stand.connect()
  assert.equal((await stand.request()).status, 503, `two places after ${what}`)
  client.terminate()
  await stage.until(() => stand.sessions.size === 0, `the end of the session after ${what}`)
}

/** A handler whose `authorize` does what the header X-Case says. */
function choosing(stage: Stage): SessionDefinition {
  return defineSession({
    authorize(request) {
      const what = request.headers['x-case']
      if (what === 'reject') reject(401)
      if (what === 'throw') throw new Error('authorize failed')
      if (what === 'hang') {
        stage.trace.add('hanging')
        return new Promise(() => {})
      }
      return undefined
    },
    open(session) {
      if (session.request.headers['x-case'] === 'fail') throw new Error('open failed')
    },
  })
}

/** How many may connect. */
export const CAPACITY: readonly Clause[] = [
  {
    id: 'ES-1.21',
    title: 'beyond maxConnections a handshake is answered with 503 and Retry-After',
    async check(stage) {
      const stand = await stage.mount(echo, { maxConnections: 2, retryAfterMs: 6_500 })
      await stand.connect()
      await stand.connect()
      const answer = await stand.request()
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '7', 'whole seconds, rounded up')
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_CAPACITY, 1)
    },
  },
  {
    id: 'ES-1.22',
    title: 'beyond maxConnectionsPerKey a handshake is answered with 429 and Retry-After',
    async check(stage) {
      const stand = await stage.mount(echo, {
        maxConnectionsPerKey: 2,
        connectionKey: (request) => request.query.get('user') ?? 'nobody',
      })
      const as = (user: string): DialRequest => ({ target: `${stand.path}?user=${user}` })
      await stand.connect(as('ann'))
      await stand.connect(as('ann'))
      const answer = await stand.request(as('ann'))
      assert.equal(answer.status, 429)
      assert.equal(answer.headers.get('retry-after'), '5')
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_KEY_CAPACITY, 1)
      assert.equal((await stand.request(as('ben'))).status, 101, 'another key')
    },
  },
  {
    id: 'ES-1.23',
    title: 'a handshake that is still pending counts as a connection for both caps',
    async check(stage) {
      const gate = createGate()
      const slow = defineSession({ authorize: () => gate.opened })
      const whole = await stage.mount(slow, { maxConnections: 1 })
      const keyed = await stage.mount(slow, { maxConnectionsPerKey: 1 })
      const pending = [whole.request(), keyed.request()]
      for (const stand of [whole, keyed]) {
        await stage.until(() => stand.sessions.counters().pending === 1, 'a pending handshake')
      }
      assert.equal((await whole.request()).status, 503)
      assert.equal((await keyed.request()).status, 429)
      gate.open()
      for (const answer of await Promise.all(pending)) assert.equal(answer.status, 101)
    },
  },
  {
    id: 'ES-1.24',
    title: 'a place is given back exactly once, however the handshake or the session ends',
    async check(stage) {
      const stand = await stage.mount(choosing(stage), { maxConnections: 1 })
      const being = (what: string): DialRequest => ({ headers: { 'x-case': what } })
      const closing = await stand.connect()
      closing.close(1000)
      await oneplace(stand, stage, 'a close by the peer')
      const closed = await stand.connect()
      stand.session.close()
      await stage.soon(closed.closed, 'the end of the session')
      await oneplace(stand, stage, 'a close by the server')
      await stand.connect(being('fail'))
      await oneplace(stand, stage, 'a failure in open')
      for (const what of ['reject', 'throw']) {
        await stand.request(being(what))
        await oneplace(stand, stage, what)
      }
      const leave = new AbortController()
      const left = stand.request({ ...being('hang'), leave: leave.signal })
      await stage.until(() => stage.trace.count('hanging') === 1, 'a pending handshake')
      leave.abort()
      await left
      await oneplace(stand, stage, 'a client that left')
      const timedOut = stand.request(being('hang'))
      await stage.until(() => stage.trace.count('hanging') === 2, 'a pending handshake')
      stage.clock.advance(10_000)
      await timedOut
      await oneplace(stand, stage, 'a timeout of authorize')
    },
  },
  {
    id: 'ES-1.25',
    title:
      "connections are counted under the client's address, IPv6 under its /64, unless connectionKey says otherwise",
    async check(stage) {
      const stand = await stage.mount(echo, { maxConnectionsPerKey: 1, trustedProxyHops: 1 })
      const rows: [string, number][] = [
        ['192.0.2.1', 101],
        ['192.0.2.1', 429],
        ['::ffff:192.0.2.1', 429],
        ['192.0.2.2', 101],
        ['2001:db8::1', 101],
        ['2001:0db8:0:0:ffff::2', 429],
        ['2001:db8:0:1::1', 101],
      ]
      for (const [address, status] of rows) {
        assert.equal((await stand.request(from(address))).status, status, address)
      }
    },
  },
  {
    id: 'ES-1.26',
    title: 'X-Forwarded-* counts only from as many proxies as trustedProxyHops says, nearest first',
    async check(stage) {
      const claim = { 'x-forwarded-for': '203.0.113.9, 198.51.100.2, 192.0.2.1' }
      const expected = [/^(127\.0\.0\.1|::1)$/, /^192\.0\.2\.1$/, /^198\.51\.100\.2$/]
      for (const [hops, address] of expected.entries()) {
        const stand = await stage.mount(echo, { trustedProxyHops: hops })
        await stand.connect({ headers: claim })
        assert.match(stand.session.request.remoteAddress, address, `${hops} hops`)
      }
      const headers = {
        origin: 'https://app.example.com',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'app.example.com',
      }
      const direct = await stage.mount(echo)
      assert.equal((await direct.request({ headers })).status, 403, 'nobody vouches for the headers')
      const proxied = await stage.mount(echo, { trustedProxyHops: 1 })
      assert.equal((await proxied.request({ headers })).status, 101)
      assert.equal(proxied.session.request.encrypted, true)
    },
  },
]
