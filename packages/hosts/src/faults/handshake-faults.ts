import assert from 'node:assert/strict'
import { reject } from '@echosession/core'
import { exchange, upgradeRequest } from '@echosession/probe'
import { assertCode, define, type Fault } from './stage.js'

const SECRET = 'correct-horse-battery-staple'

// Objects that fight back when somebody looks at them.
const hostile = (): object =>
  new Proxy(
    {},
    {
      get() {
        throw new Error(SECRET)
      },
      getPrototypeOf() {
        throw new Error(SECRET)
      },
    },
  )

const THROWN: readonly (readonly [string, () => unknown])[] = [
  ['an Error', () => new Error(SECRET)],
  ['undefined', () => undefined],
  ['null', () => null],
  ['a string', () => SECRET],
  ['a symbol', () => Symbol(SECRET)],
  ['a frozen object', () => Object.freeze({ message: SECRET, status: 200, statusCode: 999 })],
  [
    'an Error with a status and headers',
    () =>
      Object.assign(new Error(SECRET), {
        status: 204,
        statusCode: 204,
        headers: { 'X-Leak': SECRET },
        expose: true,
      }),
  ],
  ['a proxy that throws', hostile],
]

/** Rows of the catalogue about who is let in. */
export const handshakeFaults: readonly Fault[] = [
  {
    row: 'H3',
    title: 'an authorize that throws or rejects anything at all is a 500 that says nothing, heard once',
    async run(stage) {
      let make: () => unknown = () => undefined
      const host = await stage.mount({
        routes: {
          '/sync': define({
            authorize() {
              throw make()
            },
          }),
          '/async': define({
            async authorize() {
              await new Promise((resolve) => setImmediate(resolve))
              throw make()
            },
          }),
        },
      })
      for (const path of ['/sync', '/async']) {
        for (const [what, thrown] of THROWN) {
          make = thrown
          stage.errors.length = 0
          stage.hostErrors.length = 0
          const answer = await exchange(host, upgradeRequest(path))
          assert.equal(answer.status, 500, `${path} throws ${what}`)
          assert.doesNotMatch(answer.raw, new RegExp(SECRET), `${path} throws ${what}`)
          assert.doesNotMatch(answer.raw, /\.js:\d+|node_modules/, 'no stack goes out')
          assert.equal(stage.errors.length, 1, `${path} throws ${what}: told once`)
          assert.ok(stage.hostErrors.length <= 1)
          for (const error of stage.hostErrors) assertCode(error, 'ES_ERR_AUTHORIZE')
        }
      }
    },
  },
  {
    row: 'H3',
    title: 'what authorize returns is the principal, whatever it is; what cannot be awaited is a 500',
    async run(stage) {
      let result: () => unknown = () => undefined
      const seen: unknown[] = []
      const host = await stage.mount({
        routes: {
          '/ws': define({
            authorize: () => result(),
            open(session) {
              seen.push(session.principal)
            },
          }),
        },
      })
      const values = [0, '', false, null, Symbol('x'), [], 401, { status: 401 }, () => {}]
      for (const value of values) {
        result = () => value
        const answer = await exchange(host, upgradeRequest('/ws'))
        assert.equal(answer.status, 101)
      }
      assert.deepEqual(seen, values)
      for (const bad of [hostile, () => Promise.reject(hostile())]) {
        result = bad
        assert.equal((await exchange(host, upgradeRequest('/ws'))).status, 500)
      }
      assert.equal(seen.length, values.length)
    },
  },
  {
    row: 'H10',
    title: 'a foreign Origin is a 403 before authorize runs; none at all passes',
    async run(stage) {
      let asked = 0
      const counting = define({
        authorize() {
          asked++
        },
      })
      const host = await stage.mount({ routes: { '/ws': counting } })
      const scheme = stage.secure ? 'https' : 'http'
      const foreign = [
        'http://evil.test',
        'null',
        '',
        `${scheme}://127.0.0.1.evil.test`,
        `${scheme}://evil127.0.0.1`,
        `${scheme}://127.0.0.1:1`,
        `${stage.secure ? 'http' : 'https'}://127.0.0.1`,
        `${scheme}://127.0.0.1/`,
        `${scheme}://u@127.0.0.1`,
      ]
      for (const origin of foreign) {
        const answer = await exchange(host, upgradeRequest('/ws', { headers: [`Origin: ${origin}`] }))
        assert.equal(answer.status, 403, origin)
      }
      const own = `Origin: ${scheme}://127.0.0.1`
      assert.equal((await exchange(host, upgradeRequest('/ws', { headers: [own, own] }))).status, 403)
      assert.equal(asked, 0)
      assert.equal((await exchange(host, upgradeRequest('/ws', { headers: [own] }))).status, 101)
      assert.equal((await exchange(host, upgradeRequest('/ws'))).status, 101)
      assert.equal(asked, 2)
    },
  },
  {
    row: 'H11',
    title:
      'a missing token is a 401 that says how, a forbidden one a 403, each with its own headers and body',
    async run(stage) {
      const guarded = define({
        async authorize({ headers }) {
          const { authorization } = headers
          if (authorization === undefined)
            reject(401, { headers: { 'WWW-Authenticate': 'Bearer realm="a"' } })
          if (authorization === 'Bearer plain') reject(401)
          if (authorization !== 'Bearer good')
            reject(403, { body: 'not you\n', headers: { 'X-Why': 'banned' } })
        },
      })
      const host = await stage.mount({ routes: { '/ws': guarded } })
      const ask = (token?: string) =>
        exchange(
          host,
          upgradeRequest('/ws', token === undefined ? {} : { headers: [`Authorization: Bearer ${token}`] }),
        )
      const missing = await ask()
      assert.equal(missing.status, 401)
      assert.equal(missing.statusText, 'Unauthorized')
      assert.deepEqual(missing.headers['www-authenticate'], ['Bearer realm="a"'])
      assert.deepEqual((await ask('plain')).headers['www-authenticate'], ['Bearer'])
      const forbidden = await ask('bad')
      assert.equal(forbidden.status, 403)
      assert.equal(forbidden.body, 'not you\n')
      assert.deepEqual(forbidden.headers['x-why'], ['banned'])
      assert.deepEqual(forbidden.headers['content-length'], ['8'])
      assert.equal((await ask('good')).status, 101)
      assert.equal(stage.errors.length, 0, 'a rejection is no error')
    },
  },
  {
    row: 'H13',
    title: 'nothing that authorize puts into a rejection can break out of its header',
    async run(stage) {
      let attempt: () => unknown = () => undefined
      const host = await stage.mount({ routes: { '/ws': define({ authorize: () => attempt() }) } })
      const attempts: readonly (() => unknown)[] = [
        () => reject(0),
        () => reject(99),
        () => reject(101),
        () => reject(200),
        () => reject(999),
        () => reject(Number.NaN),
        () => reject(403, { headers: { 'X-A': 'a\r\nX-Injected: 1' } }),
        () => reject(403, { headers: { 'X-A': 'a\nX-Injected: 1' } }),
        () => reject(403, { headers: { 'X-A': 'a\u0000' } }),
        () => reject(403, { headers: { 'X-A': '\u0100' } }),
        () => reject(403, { headers: { 'X-A: 1\r\nX-Injected': '1' } }),
        () => reject(403, { headers: { 'X Y': '1' } }),
        () => reject(403, { headers: { '': '1' } }),
        async () => reject(403, { headers: { 'X-A': 'a\r\n\r\nX-Injected: 1' } }),
      ]
      for (const one of attempts) {
        attempt = one
        const answer = await exchange(host, upgradeRequest('/ws'))
        assert.equal(answer.status, 500, String(one))
        assert.doesNotMatch(answer.raw, /X-Injected/)
      }
      attempt = () => reject(403, { body: 'a\r\nX-Injected: 1\r\n\r\n' })
      const answer = await exchange(host, upgradeRequest('/ws'))
      assert.equal(answer.headers['x-injected'], undefined)
      assert.equal(answer.body, 'a\r\nX-Injected: 1\r\n\r\n', 'a body is a body')
    },
  },
  {
    row: 'H13',
    title: 'a subprotocol is only ever one that was offered and that the server speaks',
    async run(stage) {
      const speaking = define({
        subprotocols: ['chat.v2', 'chat.v1'],
        open: (session) => session.close(1000, session.protocol),
      })
      const host = await stage.mount({
        routes: { '/ws': speaking, '/silent': define({ open: (s) => s.close(1000) }) },
      })
      const ask = async (path: string, offered: string) => {
        const headers = [`Sec-WebSocket-Protocol: ${offered}`]
        const answer = await exchange(host, upgradeRequest(path, { headers }))
        return [answer.status, answer.headers['sec-websocket-protocol']?.join()]
      }
      assert.deepEqual(await ask('/ws', 'chat.v1, chat.v2'), [101, 'chat.v2'])
      assert.deepEqual(await ask('/ws', 'token.s3cret, chat.v1'), [101, 'chat.v1'])
      assert.deepEqual(await ask('/ws', 'token.s3cret'), [101, undefined])
      assert.deepEqual(await ask('/silent', 'token.s3cret'), [101, undefined])
      assert.deepEqual(await ask('/ws', 'constructor, __proto__'), [101, undefined])
      for (const bad of ['a b', 'chat.v1,,', 'chat.v1, chat.v1', '"chat.v1"', 'chat(v1)']) {
        assert.deepEqual(await ask('/ws', bad), [400, undefined], bad)
      }
    },
  },
]
