import assert from 'node:assert/strict'
import type { Clause } from '../clause.js'
import type { DialRequest } from '../contract-client.js'
import { echo } from '../echo.js'
import type { Stage } from '../stage.js'

/** Sends requests and expects the same status for each of them, with no session opened. */
async function refuses(stage: Stage, status: number, requests: Record<string, DialRequest>): Promise<void> {
  const stand = await stage.mount(echo)
  for (const [what, request] of Object.entries(requests)) {
    const answer = await stand.request(request)
    assert.equal(answer.status, status, what)
  }
  assert.equal(stand.sessions.counters().opened, 0)
}

/** The opening handshake itself: what is answered with 101 and what is not. */
export const HANDSHAKE: readonly Clause[] = [
  {
    id: 'ES-1.1',
    title: 'a valid upgrade request on a session route is answered with 101',
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connect()
      client.send('hello')
      assert.equal(await stage.nextText(client), 'hello')
      assert.equal(stand.sessions.counters().opened, 1)
      const lax = { headers: { connection: 'keep-alive, UPGRADE', upgrade: 'WebSocket' } }
      assert.equal((await stand.request(lax)).status, 101, 'tokens are compared whatever their case')
    },
  },
  {
    id: 'ES-1.2',
    title: 'an ordinary request for a session route is answered with 426 and Upgrade: websocket',
    async check(stage) {
      const stand = await stage.mount(echo)
      const answer = await stand.request({ headers: { upgrade: undefined, connection: 'close' } })
      assert.equal(answer.status, 426)
      assert.equal(answer.headers.get('upgrade'), 'websocket')
      assert.match(answer.headers.get('connection') ?? '', /\bupgrade\b/i)
    },
  },
  {
    id: 'ES-1.3',
    title: "a path without a session gets the host's own 404, as an upgrade and as an ordinary request",
    needs: ['http'],
    async check(stage) {
      const stand = await stage.mount(echo)
      const target = '/there-is-no-session-here'
      assert.equal((await stand.request({ target })).status, 404, 'an upgrade request')
      const plain = { target, headers: { upgrade: undefined, connection: 'close' } }
      assert.equal((await stand.request(plain)).status, 404, 'an ordinary request')
      assert.equal(stand.sessions.counters().opened, 0)
    },
  },
  {
    id: 'ES-1.4',
    title: 'a WebSocket version other than 13 is answered with 426 and Sec-WebSocket-Version: 13',
    async check(stage) {
      const stand = await stage.mount(echo)
      for (const version of [undefined, '8', '12', '14', '013', '', '13, 13', ['13', '8']]) {
        const answer = await stand.request({ headers: { 'sec-websocket-version': version } })
        assert.equal(answer.status, 426, `version ${String(version)}`)
        assert.equal(answer.headers.get('sec-websocket-version'), '13')
      }
    },
  },
  {
    id: 'ES-1.5',
    title: 'a Sec-WebSocket-Key that is missing, repeated or not 16 bytes in base64 is answered with 400',
    check: (stage) =>
      refuses(
        stage,
        400,
        Object.fromEntries(
          [
            undefined,
            '',
            'AAAA',
            'AAAAAAAAAAAAAAAAAAAAAAAA==',
            'AAAAAAAAAAAAAAAAAAAAA$==',
            'AAAAAAAAAAAAAAAAAAAAAAA=',
            ['AAAAAAAAAAAAAAAAAAAAAA==', 'BBBBBBBBBBBBBBBBBBBBBB=='],
          ].map((key) => [`key ${String(key)}`, { headers: { 'sec-websocket-key': key } }]),
        ),
      ),
  },
  {
    id: 'ES-1.6',
    title: 'an upgrade with a method other than GET is answered with 405 and Allow: GET',
    async check(stage) {
      const stand = await stage.mount(echo)
      for (const method of ['POST', 'PUT', 'OPTIONS']) {
        const answer = await stand.request({ method })
        assert.equal(answer.status, 405, method)
        assert.equal(answer.headers.get('allow'), 'GET', method)
      }
      assert.equal(stand.sessions.counters().opened, 0)
    },
  },
  {
    id: 'ES-1.7',
    title: 'a Host that is missing, repeated or malformed is answered with 400',
    check: (stage) =>
      refuses(
        stage,
        400,
        Object.fromEntries(
          [
            undefined,
            '',
            '[',
            'a b',
            'user@host',
            'host/path',
            'host:port',
            'host:99999',
            ['one.test', 'two.test'],
          ].map((host) => [`host ${String(host)}`, { headers: { host } }]),
        ),
      ),
  },
  {
    id: 'ES-1.8',
    title: 'an upgrade that announces a body is answered with 400',
    check: (stage) =>
      refuses(stage, 400, {
        'a length': { headers: { 'content-length': '5' } },
        chunks: { headers: { 'transfer-encoding': 'chunked' } },
      }),
  },
  {
    id: 'ES-1.9',
    title: 'an upgrade over HTTP/1.0 is answered with 400',
    check: (stage) => refuses(stage, 400, { 'HTTP/1.0': { httpVersion: '1.0' } }),
  },
  {
    id: 'ES-1.10',
    title: 'an Upgrade that Connection does not name is no upgrade: 400, or 426 as an ordinary request',
    async check(stage) {
      const stand = await stage.mount(echo)
      for (const connection of [undefined, 'close', 'upgraded, close']) {
        const { status } = await stand.request({ headers: { connection } })
        assert.ok(status === 400 || status === 426, `Connection ${connection} got ${status}`)
      }
      assert.equal(stand.sessions.counters().opened, 0)
    },
  },
  {
    id: 'ES-1.11',
    title: 'a malformed request target is answered with 400',
    async check(stage) {
      const stand = await stage.mount(echo)
      const { path } = stand
      for (const target of [
        '//',
        `/${path}`,
        'http://[/',
        `${path}%`,
        `${path}%zz`,
        `${path}#part`,
        '*',
        'x',
      ]) {
        assert.equal((await stand.request({ target })).status, 400, target)
      }
      assert.equal(
        (await stand.request({ target: `${path}?x=%` })).status,
        101,
        "a query is the handler's own",
      )
    },
  },
  {
    id: 'ES-1.12',
    title: 'an upgrade to another protocol is answered with 426',
    async check(stage) {
      const stand = await stage.mount(echo)
      for (const upgrade of ['h2c', 'websockets', 'TLS/1.0']) {
        const answer = await stand.request({ headers: { upgrade } })
        assert.equal(answer.status, 426, upgrade)
        assert.equal(answer.headers.get('upgrade'), 'websocket')
      }
    },
  },
  {
    id: 'ES-1.13',
    title:
      "a refusal is a whole answer with a reason phrase, a length, a plain-text body and the connection's end",
    needs: ['network'],
    async check(stage) {
      const stand = await stage.mount(echo)
      const requests: Record<number, DialRequest> = {
        400: { headers: { 'sec-websocket-key': 'short' } },
        403: { headers: { origin: 'http://foreign.test' } },
        405: { method: 'POST' },
        426: { headers: { 'sec-websocket-version': '8' } },
      }
      for (const [status, request] of Object.entries(requests)) {
        const answer = await stand.request(request)
        assert.match(answer.statusLine ?? '', new RegExp(`^HTTP/1\\.1 ${status} [A-Z][A-Za-z ]+$`))
        assert.equal(
          answer.headers.get('content-length'),
          String(Buffer.byteLength(answer.body)),
          'Content-Length',
        )
        assert.match(answer.headers.get('content-type') ?? '', /^text\/plain\b/)
        assert.match(answer.headers.get('connection') ?? '', /\bclose\b/i)
        assert.notEqual(answer.body, '')
        await stage.soon(answer.gone ?? Promise.resolve(), 'the end of the refused connection')
      }
    },
  },
  {
    id: 'ES-1.14',
    title:
      'names that mean something to JavaScript are ordinary names in headers, cookies, queries and offers',
    async check(stage) {
      const stand = await stage.mount(echo)
      const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
      const client = await stand.connect({
        target: `${stand.path}?__proto__=1&constructor=2`,
        subprotocols: names,
        headers: {
          cookie: 'constructor=one; __proto__=two',
          'sec-websocket-extensions': names.map((name) => `${name}; ${name}=1`).join(', '),
          ...Object.fromEntries(names.map((name) => [name, '1'])),
        },
      })
      assert.equal(client.protocol, '')
      const { cookies, query } = stand.session.request
      assert.equal(cookies.constructor, 'one')
      assert.equal(cookies.toString, undefined)
      assert.equal(query.get('constructor'), '2')
      assert.equal(Reflect.get({}, 'two'), undefined)
    },
  },
]
