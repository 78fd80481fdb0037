import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { defineSession, type Observer, reject } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'
import { createGate } from '../gate.js'
import { Recorder } from '../recorder.js'

const SECRET = 'correct-horse-battery-staple'

/** Counters and events. */
export const OBSERVE: readonly Clause[] = [
  {
    id: 'ES-9.1',
    title: 'opened, active, closed and closedByCode count each session once',
    async check(stage) {
      const stand = await stage.mount(echo)
      const clients = [await stand.connect(), await stand.connect(), await stand.connect()]
      assert.deepEqual([stand.sessions.counters().opened, stand.sessions.counters().active], [3, 3])
      clients[0]?.close(4001)
      clients[1]?.close(4001)
      clients[2]?.terminate()
      await stage.until(() => stand.sessions.size === 0, 'the end of all sessions')
      const { opened, active, closed, closedByCode } = stand.sessions.counters()
      assert.deepEqual([opened, active, closed], [3, 0, 3])
      assert.deepEqual({ ...closedByCode }, { 1006: 1, 4001: 2 })
    },
  },
  {
    id: 'ES-9.2',
    title: 'messagesIn, bytesIn, messagesOut and bytesOut count messages and their payload, and nothing else',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          message(session, message) {
            session.send(message)
            session.send('extra')
          },
        }),
      )
      const client = await stand.connect()
      client.send('12345')
      client.send(Buffer.alloc(10))
      client.send('')
      await stand.barrier(client)
      const { messagesIn, bytesIn, messagesOut, bytesOut } = stand.sessions.counters()
      assert.deepEqual([messagesIn, bytesIn, messagesOut, bytesOut], [3, 15, 6, 30])
    },
  },
  {
    id: 'ES-9.3',
    title: 'rejected and rejectedByCode count each refused handshake once, and none of them as a session',
    async check(stage) {
      const stand = await stage.mount(defineSession({ authorize: () => reject(401) }))
      await stand.request()
      await stand.request({ headers: { origin: 'http://foreign.test' } })
      await stand.request({ headers: { 'sec-websocket-version': '8' } })
      await stand.request({ headers: { 'sec-websocket-key': 'short' } })
      await stand.request({ headers: { 'sec-websocket-key': '' } })
      const { rejected, rejectedByCode, opened, closed } = stand.sessions.counters()
      assert.deepEqual([rejected, opened, closed], [5, 0, 0])
      assert.deepEqual(
        { ...rejectedByCode },
        { ES_ERR_REJECTED: 1, ES_ERR_ORIGIN: 1, ES_ERR_VERSION: 1, ES_ERR_HANDSHAKE: 2 },
      )
    },
  },
  {
    id: 'ES-9.4',
    title: 'pending and bufferedBytes are as of now, and counters are a copy',
    async check(stage) {
      const gate = createGate()
      const stand = await stage.mount(
        defineSession({ authorize: (request) => (request.query.has('slow') ? gate.opened : undefined) }),
        { highWaterBytes: 100_000, maxBufferedBytes: 100_000_000 },
      )
      const before = stand.sessions.counters()
      const slow = stand.request({ target: `${stand.path}?slow` })
      await stage.until(() => stand.sessions.counters().pending === 1, 'a pending handshake')
      gate.open()
      const { client } = await slow
      assert.equal(stand.sessions.counters().pending, 0)
      client?.pause()
      for (let n = 0; n < 2_000 && stand.session.send('x'.repeat(65_536)); n++);
      assert.ok(stand.session.bufferedBytes > 100_000)
      assert.equal(stand.sessions.counters().bufferedBytes, stand.session.bufferedBytes)
      client?.resume()
      await stage.until(() => stand.sessions.counters().bufferedBytes === 0, 'an empty buffer')
      assert.deepEqual([before.opened, before.messagesOut, { ...before.closedByCode }], [0, 0, {}])
      before.opened = 99
      before.rejectedByCode.ES_ERR_ORIGIN = 99
      assert.equal(stand.sessions.counters().opened, 1)
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_ORIGIN, undefined)
    },
  },
  {
    id: 'ES-9.5',
    title: "onOpen comes before the handler's open, onClose before its close, each once with the session",
    async check(stage) {
      const stand = await stage.mount(
        defineSession({ open: () => stage.trace.add('open'), close: () => stage.trace.add('close') }),
      )
      stand.sessions.observe({
        onOpen: (session) => stage.trace.add(`onOpen ${session.id}`),
        onClose: (session, { code, reason, clean }) =>
          stage.trace.add(`onClose ${session.id} ${code} ${reason} ${clean}`),
      })
      const client = await stand.connect()
      const { id } = stand.session
      client.close(4000, 'bye')
      await stage.until(() => stage.trace.has('close'), 'the call of close')
      assert.deepEqual(stage.trace.entries, [`onOpen ${id}`, 'open', `onClose ${id} 4000 bye true`, 'close'])
    },
  },
  {
    id: 'ES-9.6',
    title: 'onReject has code, status, path and address of a refused handshake, and nothing secret',
    async check(stage) {
      const stand = await stage.mount(defineSession({ authorize: () => reject(402) }))
      const answer = await stand.request({
        target: `${stand.path}?token=${SECRET}`,
        subprotocols: [SECRET],
        headers: { authorization: SECRET, cookie: `token=${SECRET}` },
      })
      assert.equal(answer.status, 402)
      const [event] = stand.observed.rejected
      assert.equal(stand.observed.rejected.length, 1)
      assert.deepEqual([event?.code, event?.status, event?.path], ['ES_ERR_REJECTED', 402, stand.path])
      assert.match(event?.remoteAddress ?? '', /^(127\.0\.0\.1|::1)$/)
      assert.ok(!JSON.stringify(event).includes(SECRET))
    },
  },
  {
    id: 'ES-9.7',
    title: 'every observer is told of everything, from observe until the function that it returned is called',
    async check(stage) {
      const stand = await stage.mount(echo)
      const more = new Recorder()
      const stop = stand.sessions.observe(more)
      await stand.connect()
      assert.deepEqual(more.opened, stand.observed.opened)
      stop()
      await stand.connect()
      assert.deepEqual([more.opened.length, stand.observed.opened.length], [1, 2])
    },
  },
  {
    id: 'ES-9.8',
    title: 'an observer that throws changes nothing for sessions or for other observers',
    async check(stage) {
      const throwing = (): never => {
        throw new Error('an observer failed')
      }
      const hostile: Observer = { onOpen: throwing, onClose: throwing, onReject: throwing, onError: throwing }
      const stand = await stage.mount(
        defineSession({
          message(session, message) {
            if (message.text() === 'fail') throw new Error('on purpose')
            session.send(message)
          },
        }),
        { observer: hostile },
      )
      const after = new Recorder()
      stand.sessions.observe(after)
      assert.equal((await stand.request({ headers: { origin: 'http://foreign.test' } })).status, 403)
      const client = await stand.connect()
      client.send('hello')
      assert.equal(await stage.nextText(client), 'hello')
      client.send('fail')
      assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1011)
      await stage.until(() => after.closed.length === 1, 'the event of the close')
      assert.deepEqual([after.opened.length, after.rejected.length, after.errors.length], [1, 1, 1])
    },
  },
  {
    id: 'ES-9.9',
    title: 'onLag says by how much the event loop was late, and says nothing when it was not',
    async check(stage) {
      const stand = await stage.mount(echo, { idleTimeoutMs: 600_000 })
      await stand.connect()
      await stage.advance(20_000)
      assert.deepEqual(stand.observed.lags, [])
      stage.clock.jump(5_000)
      assert.equal(stand.observed.lags.length, 1)
      const [lagMs = 0] = stand.observed.lags
      assert.ok(lagMs > 4_500 && lagMs <= 5_000, `a lag of ${lagMs} ms`)
    },
  },
  {
    id: 'ES-9.10',
    title: 'the counters rttMs, pings and heartbeatTimeouts follow the heartbeat',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(defineSession({ pong: () => stage.trace.add('pong') }), {
        heartbeatIntervalMs: 10_000,
        heartbeatTimeoutMs: 8_000,
      })
      assert.equal(stand.sessions.counters().rttMs, 0)
      const clients = [await stand.connect(), await stand.connect(), await stand.connect()]
      for (const client of clients) client.holdPongs()
      for (let step = 0; stand.sessions.counters().pings < 3; step++) {
        assert.ok(step < 200, 'no pings went out')
        await stage.advance(100)
      }
      await stage.until(() => clients.every(({ pings }) => pings.length === 1), 'the pings')
      for (const client of clients.slice(0, 2)) client.releasePongs()
      await stage.until(() => stage.trace.count('pong') === 2, 'two pongs')
      const known = stand.observed.opened.slice(0, 2).map(({ rttMs }) => rttMs ?? Number.NaN)
      assert.equal(stand.sessions.counters().rttMs, ((known[0] ?? 0) + (known[1] ?? 0)) / 2)
      assert.equal(stand.sessions.counters().heartbeatTimeouts, 0)
      await stage.advance(9_000)
      await stage.until(() => stand.sessions.counters().heartbeatTimeouts === 1, 'the end of the third')
    },
  },
  {
    id: 'ES-9.11',
    title: 'on Node the events are published on diagnostics channels too',
    needs: ['server'],
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          message() {
            throw new Error('on purpose')
          },
        }),
      )
      const names = ['open', 'close', 'reject', 'error'] as const
      const seen = new Map<string, unknown[]>(names.map((name) => [name, []]))
      const stops = names.map((name) => {
        const listener = (message: unknown): void => void seen.get(name)?.push(message)
        subscribe(`echosession:${name}`, listener)
        return () => unsubscribe(`echosession:${name}`, listener)
      })
      try {
        await stand.request({ headers: { origin: 'http://foreign.test' } })
        const client = await stand.connect()
        client.send('x')
        await stage.until(() => stand.observed.closed.length === 1, 'the end of the session')
      } finally {
        for (const stop of stops) stop()
      }
      const { opened, closed, rejected, errors } = stand.observed
      assert.deepEqual(seen.get('open'), [{ session: opened[0] }])
      assert.deepEqual(seen.get('close'), [closed[0]])
      assert.deepEqual(seen.get('reject'), [{ event: rejected[0] }])
      assert.deepEqual(seen.get('error'), [errors[0]])
    },
  },
]
