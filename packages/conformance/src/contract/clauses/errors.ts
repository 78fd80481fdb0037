import assert from 'node:assert/strict'
import { createSessions, defineSession, type EchoSession, EchoSessionError, ERRORS } from '@echosession/core'
import type { Clause } from '../clause.js'

/** What each error of the table answers a handshake with, or ends a session with, as CONTRACT.md states it. */
const TABLE: Readonly<Record<string, number | undefined>> = {
  ES_ERR_OPTION: undefined,
  ES_ERR_HANDLER: undefined,
  ES_ERR_MESSAGE_TYPE: undefined,
  ES_ERR_CLOSE_ARGUMENT: undefined,
  ES_ERR_REJECTION: undefined,
  ES_ERR_ROUTE: undefined,
  ES_ERR_LOG: undefined,
  ES_ERR_RELAY: undefined,
  ES_ERR_ROOM: undefined,
  ES_ERR_ROOM_LIMIT: undefined,
  ES_ERR_BINDING: undefined,
  ES_ERR_TARGET: 400,
  ES_ERR_HANDSHAKE: 400,
  ES_ERR_METHOD: 405,
  ES_ERR_UPGRADE_REQUIRED: 426,
  ES_ERR_VERSION: 426,
  ES_ERR_ORIGIN: 403,
  ES_ERR_SUBPROTOCOL: 400,
  ES_ERR_CAPACITY: 503,
  ES_ERR_KEY_CAPACITY: 429,
  ES_ERR_DRAINING: 503,
  ES_ERR_REJECTED: 403,
  ES_ERR_AUTHORIZE: 500,
  ES_ERR_AUTHORIZE_TIMEOUT: 503,
  ES_ERR_ABORTED: undefined,
  ES_ERR_PROTOCOL: 1002,
  ES_ERR_TRANSPORT: 1006,
  ES_ERR_MESSAGE_BYTES: 1009,
  ES_ERR_RATE: 1008,
  ES_ERR_MESSAGE_TIMEOUT: 1008,
  ES_ERR_QUEUE: 1008,
  ES_ERR_SLOW_CONSUMER: 1013,
  ES_ERR_HEARTBEAT: 1006,
  ES_ERR_IDLE: 1001,
  ES_ERR_HANDLER_THREW: 1011,
}

const SECRET = 'correct horse battery staple'

/** Errors of handlers, sessions and options. */
export const ERROR_CLAUSES: readonly Clause[] = [
  {
    id: 'ES-7.9',
    title: 'nothing of an error goes to the peer: its reason is the same whatever was thrown',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          message() {
            throw new Error(SECRET)
          },
        }),
      )
      const client = await stand.connect()
      client.send('x')
      assert.deepEqual(await stage.soon(client.closed, 'the end of the session'), {
        code: 1011,
        reason: 'A handler threw or rejected.',
      })
    },
  },
  {
    id: 'ES-7.10',
    title: 'the error callback may close the session itself and so choose another code than 1011',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          message() {
            throw new Error('on purpose')
          },
          error: (session) => session.close(4005, 'my own words'),
        }),
      )
      const client = await stand.connect()
      client.send('x')
      const ending = await stage.soon(client.closed, 'the end of the session')
      assert.deepEqual(ending, { code: 4005, reason: 'my own words' })
    },
  },
  {
    id: 'ES-7.11',
    title: 'after a failure no further message is delivered, only close',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          async message(_session, message) {
            stage.trace.add(message.text())
            await stage.settle()
            throw new Error('on purpose')
          },
          close: (_session, { code }) => stage.trace.add(`close ${code}`),
        }),
      )
      const client = await stand.connect()
      for (const text of ['1', '2', '3']) client.send(text)
      await stage.soon(client.closed, 'the end of the session')
      await stage.until(() => stage.trace.has('close 1011'), 'the call of close')
      await stage.settle()
      assert.deepEqual(stage.trace.entries, ['1', 'close 1011'])
    },
  },
  {
    id: 'ES-7.12',
    title: 'a handler that fails ends its own session and no other',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          message(session, message) {
            if (message.text() === 'fail') throw new Error('on purpose')
            session.send(message)
          },
        }),
      )
      const [one, two, three] = [await stand.connect(), await stand.connect(), await stand.connect()]
      two.send('fail')
      for (const client of [one, three]) client.send('hello')
      for (const client of [one, three]) assert.equal(await stage.nextText(client), 'hello')
      assert.equal((await stage.soon(two.closed, 'the end of the session')).code, 1011)
      await stage.until(() => stand.sessions.size === 2, 'the end of one session')
      one.send('again')
      assert.equal(await stage.nextText(one), 'again')
    },
  },
  {
    id: 'ES-7.13',
    title: 'every error has a code of one table, with the status or close code that goes with it',
    async check() {
      const rows = Object.entries(ERRORS).map(([code, row]) => [
        code,
        'status' in row ? row.status : 'closeCode' in row ? row.closeCode : undefined,
      ])
      assert.deepEqual(Object.fromEntries(rows), TABLE)
      const cause = new Error('underneath')
      const error = new EchoSessionError('ES_ERR_CAPACITY', 'full', { cause })
      assert.deepEqual([error.name, error.status, error.cause], ['EchoSessionError', 503, cause])
    },
  },
  {
    id: 'ES-7.14',
    title: 'a wrong option throws ES_ERR_OPTION with its name, its value and what is allowed',
    async check() {
      const wrong: [string, unknown, string][] = [
        ['maxConnections', 0, '0'],
        ['maxConnections', 1.5, '1.5'],
        ['maxConnections', '5', '"5"'],
        ['maxMessageBytes', Number.POSITIVE_INFINITY, 'Infinity'],
        ['maxMessageBytes', -1, '-1'],
        ['heartbeatIntervalMs', Number.NaN, 'NaN'],
        ['heartbeatTimeoutMs', 0, '0'],
        ['closeTimeoutMs', 86_400_001, '86400001'],
        ['trustedProxyHops', 17, '17'],
        ['allowedOrigins', ['https://app.example.com/'], 'an array of 1'],
        ['allowedOrigins', true, 'true'],
        ['slowConsumer', 'wait', '"wait"'],
        ['requireOrigin', 'yes', '"yes"'],
        ['connectionKey', 'ip', '"ip"'],
        ['observer', 'log', '"log"'],
        ['clock', {}, 'an object'],
        ['highWaterBytes', 2_000_000, '2000000'],
      ]
      for (const [name, value, shown] of wrong) {
        assert.throws(
          () => createSessions({ [name]: value }),
          (error: EchoSessionError) =>
            error.code === 'ES_ERR_OPTION' &&
            error.message.includes(` ${name} `) &&
            error.message.includes(shown) &&
            error.message.includes('allowed is '),
          `${name}: ${shown}`,
        )
      }
      assert.throws(() => createSessions(JSON.parse('{ "maxConnection": 5 }')), { code: 'ES_ERR_OPTION' })
      assert.equal(createSessions({ maxConnections: Number.POSITIVE_INFINITY }).size, 0)
      assert.equal(createSessions({ maxBufferedBytes: 1_000 }).options.highWaterBytes, 1_000)
    },
  },
  {
    id: 'ES-7.15',
    title: 'a wrong definition throws: ES_ERR_HANDLER for its callbacks, ES_ERR_OPTION for its settings',
    async check() {
      const wrong: [unknown[], string][] = [
        [[undefined], 'ES_ERR_HANDLER'],
        [['echo'], 'ES_ERR_HANDLER'],
        [[{ onMessage: () => {} }], 'ES_ERR_HANDLER'],
        [[{ message: 'echo' }], 'ES_ERR_HANDLER'],
        [[() => {}, { message: () => {} }], 'ES_ERR_HANDLER'],
        [[{ subprotocols: 'chat' }], 'ES_ERR_OPTION'],
        [[{ subprotocols: ['a b'] }], 'ES_ERR_OPTION'],
        [[() => {}, { requireSubprotocol: 1 }], 'ES_ERR_OPTION'],
      ]
      for (const [args, code] of wrong) {
        assert.throws(() => Reflect.apply(defineSession, undefined, args), { code }, JSON.stringify(args))
      }
    },
  },
  {
    id: 'ES-7.16',
    title: 'text that a log may show of a session or its request holds no header, cookie, query or principal',
    async check(stage) {
      const stand = await stage.mount(defineSession({ authorize: () => SECRET }))
      await stand.connect({
        target: `${stand.path}?token=${encodeURIComponent(SECRET)}`,
        headers: { cookie: `token=${encodeURIComponent(SECRET)}`, authorization: `Bearer ${SECRET}` },
      })
      const { session } = stand
      const shown = JSON.stringify([session, session.request satisfies EchoSession['request']])
      assert.ok(!shown.includes('correct'), shown)
      assert.ok(shown.includes(stand.path))
    },
  },
]
