import assert from 'node:assert/strict'
import { type DrainReport, defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'
import { createGate } from '../gate.js'
import type { Stage } from '../stage.js'

/** Tells when a promise has settled, without waiting for it. */
function watched(promise: Promise<DrainReport>): { report: DrainReport | undefined } {
  const seen: { report: DrainReport | undefined } = { report: undefined }
  void promise.then((report) => {
    seen.report = report
  })
  return seen
}

async function reportOf(stage: Stage, seen: { report: DrainReport | undefined }): Promise<DrainReport> {
  await stage.until(() => seen.report !== undefined, 'the report of the drain')
  return seen.report as DrainReport
}

/** Shutting down. */
export const DRAIN: readonly Clause[] = [
  {
    id: 'ES-8.1',
    title: 'from the begin of the drain a handshake is answered with 503 and Retry-After',
    async check(stage) {
      const stand = await stage.mount(echo)
      assert.equal(stand.sessions.draining, false)
      void stand.sessions.drain()
      assert.equal(stand.sessions.draining, true)
      const answer = await stand.request()
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '5')
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_DRAINING, 1)
    },
  },
  {
    id: 'ES-8.2',
    title: 'a pending handshake is aborted and answered with 503, and counted in the report',
    async check(stage) {
      let signal: AbortSignal | undefined
      const stand = await stage.mount(
        defineSession({
          authorize(_request, context) {
            signal = context.signal
            return new Promise(() => {})
          },
        }),
      )
      const pending = stand.request()
      await stage.until(() => signal !== undefined, 'the call of authorize')
      const seen = watched(stand.sessions.drain())
      const answer = await pending
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '5')
      assert.equal(signal?.aborted, true)
      assert.equal((await reportOf(stage, seen)).aborted, 1)
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_DRAINING, 1)
    },
  },
  {
    id: 'ES-8.3',
    title: 'every session is closed with 1001, or with the code and reason that drain was given',
    async check(stage) {
      const rows = [
        [undefined, { code: 1001, reason: 'server is shutting down' }],
        [
          { code: 1012, reason: 'restart' },
          { code: 1012, reason: 'restart' },
        ],
      ] as const
      for (const [options, expected] of rows) {
        const stand = await stage.mount(echo)
        const clients = [await stand.connect(), await stand.connect()]
        const seen = watched(stand.sessions.drain(options))
        for (const client of clients) {
          assert.deepEqual(await stage.soon(client.closed, 'the end at the client'), expected)
        }
        const report = await reportOf(stage, seen)
        assert.deepEqual([report.closed, report.cut, stand.sessions.size], [2, 0, 0])
      }
    },
  },
  {
    id: 'ES-8.4',
    title: 'the close frames of many sessions are spread over drainSpreadMs',
    async check(stage) {
      const stand = await stage.mount(echo, { drainSpreadMs: 1_000 })
      for (let n = 0; n < 150; n++) await stand.connect()
      const sessions = [...stand.sessions]
      const closing = (): number => sessions.filter(({ state }) => state !== 'open').length
      const seen = watched(stand.sessions.drain())
      const atOnce = closing()
      assert.ok(atOnce > 0 && atOnce < 150, `${atOnce} of 150 were closed at once`)
      await stage.advance(1_000, 10)
      assert.equal(closing(), 150)
      assert.equal((await reportOf(stage, seen)).closed, 150)
    },
  },
  {
    id: 'ES-8.5',
    title: 'drain waits for handlers that are still running',
    async check(stage) {
      const gate = createGate()
      const stand = await stage.mount(
        defineSession({ message: () => gate.opened, close: () => stage.trace.add('close') }),
      )
      const client = await stand.connect()
      client.send('x')
      await stage.until(() => stand.sessions.counters().messagesIn === 1, 'the arrival of the message')
      const seen = watched(stand.sessions.drain())
      await stage.soon(client.closed, 'the end at the client')
      await stage.until(() => stand.sessions.size === 0, 'the end of the session')
      await stage.advance(1_000)
      assert.equal(seen.report, undefined)
      gate.open()
      const report = await reportOf(stage, seen)
      assert.equal(stage.trace.count('close'), 1)
      assert.deepEqual([report.closed, report.abandonedHandlers, report.durationMs], [1, 0, 1_000])
    },
  },
  {
    id: 'ES-8.6',
    title:
      'at the deadline what is left is cut, and the report says how many sessions and handlers that were',
    async check(stage) {
      const stand = await stage.mount(defineSession({ message: () => new Promise(() => {}) }), {
        drainTimeoutMs: 3_000,
        heartbeatIntervalMs: 0,
      })
      const [good, deaf, busy] = [await stand.connect(), await stand.connect(), await stand.connect()]
      busy.send('x')
      await stage.until(() => stand.sessions.counters().messagesIn === 1, 'the arrival of the message')
      deaf.pause()
      const seen = watched(stand.sessions.drain())
      await stage.soon(good.closed, 'the end at the client')
      await stage.soon(busy.closed, 'the end at the client')
      await stage.until(() => stand.sessions.size === 1, 'the end of two sessions')
      await stage.advance(2_900, 100)
      assert.equal(stand.sessions.size, 1)
      await stage.advance(100)
      await stage.until(() => stand.sessions.size === 0, 'the end of the third')
      await stage.advance(100)
      const report = await reportOf(stage, seen)
      assert.deepEqual([report.closed, report.cut, report.abandonedHandlers], [2, 1, 1])
    },
  },
  {
    id: 'ES-8.7',
    title:
      "a second drain changes nothing and has the first one's report; with nothing open there is one at once",
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connect()
      client.pause()
      const first = stand.sessions.drain({ code: 1012 })
      const second = stand.sessions.drain({ code: 1001, timeoutMs: 60_000 })
      client.resume()
      assert.equal((await stage.soon(client.closed, 'the end at the client')).code, 1012)
      const report = await stage.soon(first, 'the report')
      assert.equal(await stage.soon(second, 'the report'), report)
      const empty = await stage.mount(echo)
      const nothing = { closed: 0, cut: 0, aborted: 0, abandonedHandlers: 0, durationMs: 0 }
      assert.deepEqual(await stage.soon(empty.sessions.drain(), 'the report'), nothing)
    },
  },
  {
    id: 'ES-8.8',
    title: 'after a drain no timer is left, so that the process can exit',
    async check(stage) {
      const stand = await stage.mount(echo)
      await stand.connect()
      const client = await stand.connect()
      client.close(1000)
      const seen = watched(stand.sessions.drain())
      await reportOf(stage, seen)
      assert.equal(stage.clock.pending, 0)
    },
  },
  {
    id: 'ES-8.9',
    title: 'drain refuses a code that may not be sent and a deadline that is none, and does not begin',
    async check(stage) {
      const stand = await stage.mount(echo)
      await stand.connect()
      assert.throws(() => stand.sessions.drain({ code: 1006 }), { code: 'ES_ERR_CLOSE_ARGUMENT' })
      assert.throws(() => stand.sessions.drain({ timeoutMs: -1 }), { code: 'ES_ERR_OPTION' })
      assert.throws(() => stand.sessions.drain({ timeoutMs: Number.NaN }), { code: 'ES_ERR_OPTION' })
      assert.equal(stand.sessions.draining, false)
      assert.equal(stand.session.state, 'open')
    },
  },
]
