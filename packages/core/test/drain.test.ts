import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, type DrainOptions, type DrainReport, defineSession } from '../dist/index.js'
import { createManualClock } from '../dist/memory/index.js'
import { memoryRequestSource } from '../dist/memory/memory-request.js'
import { openSession, settle, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

/** Tells whether a report is there yet. */
function watch(report: Promise<DrainReport>): { readonly report: Promise<DrainReport>; done: boolean } {
  const watched = { report, done: false }
  void report.then(() => {
    watched.done = true
  })
  return watched
}

test('ES-8.7: with nothing open there is a report at once, and a second drain has the same', async () => {
  const { sessions, clock } = startAndEnd()
  const first = sessions.drain()
  assert.equal(sessions.drain({ code: 1012 }), first)
  assert.deepEqual(await first, { closed: 0, cut: 0, aborted: 0, abandonedHandlers: 0, durationMs: 0 })
  assert.equal(clock.pending, 0)
})

function startAndEnd() {
  const opened = startSession({})
  opened.sink.closed(1000, '')
  return opened
}

test('ES-8.3: every session is closed with 1001, or with the code and reason that drain was given', async () => {
  for (const [options, call] of [
    [{}, 'close 1001 server is shutting down'],
    [{ code: 1012, reason: 'deploy' }, 'close 1012 deploy'],
    [{ reason: 'é'.repeat(100) }, `close 1001 ${'é'.repeat(61)}`],
  ] as const) {
    const { sessions, port, sink, clock } = startSession({})
    const report = sessions.drain(options)
    assert.deepEqual(port.calls, [call])
    clock.advance(40)
    sink.closed(1001, '')
    assert.deepEqual(await report, { closed: 1, cut: 0, aborted: 0, abandonedHandlers: 0, durationMs: 40 })
    assert.equal(clock.pending, 0)
  }
})

test('ES-8.4: the close frames of many sessions are spread, and none is forgotten', async () => {
  const first = startSession({}, { maxConnections: 3_000, drainSpreadMs: 1_000 })
  const { sessions, clock } = first
  const opened = [first]
  for (let count = 1; count < 2_000; count++) {
    const other = openSession({}, {}, new RecordingPort(), sessions)
    other.start()
    opened.push(other)
  }
  const closing = () =>
    opened.filter(({ port }) => port.calls.some((call) => call.startsWith('close'))).length
  const report = sessions.drain()
  assert.equal(closing(), 100)
  clock.advance(95)
  assert.equal(closing(), 1_000)
  clock.advance(200)
  assert.equal(closing(), 2_000)
  for (const { sink } of opened) sink.closed(1001, '')
  assert.equal((await report).closed, 2_000)
  assert.equal(clock.pending, 0)
})

test('ES-8.8: a drain whose sessions have all gone before their turn leaves no timer', async () => {
  const first = startSession({}, { drainSpreadMs: 1_000 })
  const opened = [first]
  for (let count = 1; count < 300; count++) {
    const other = openSession({}, {}, new RecordingPort(), first.sessions)
    other.start()
    opened.push(other)
  }
  const report = first.sessions.drain()
  for (const { sink } of opened) sink.closed(1000, '')
  assert.equal((await report).closed, 300)
  assert.equal(first.clock.pending, 0)
})

test('a handshake that was accepted before the drain and is given up during it ends the wait', async () => {
  const clock = createManualClock()
  const sessions = createSessions({ clock })
  const attempt = sessions.admit(defineSession({}), memoryRequestSource({}))
  const watched = watch(sessions.drain())
  await settle()
  assert.equal(watched.done, false)
  attempt.abandon()
  await settle()
  assert.equal(watched.done, true)
  assert.equal(clock.pending, 0)
})

test('ES-8.6: at the deadline what is left is cut and counted, whenever the transport reports it', async () => {
  const { sessions, port, sink, clock } = startSession({}, { drainTimeoutMs: 500 })
  const silent = openSession({}, {}, new RecordingPort(), sessions)
  silent.start()
  const watched = watch(sessions.drain())
  clock.advance(499)
  await settle()
  assert.equal(watched.done, false)
  clock.advance(1)
  assert.equal(port.calls.at(-1), 'terminate')
  sink.closed(1006, '')
  clock.advance(10)
  const { closed, cut, abandonedHandlers } = await watched.report
  assert.deepEqual({ closed, cut, abandonedHandlers }, { closed: 0, cut: 2, abandonedHandlers: 1 })
  silent.sink.closed(1006, '')
  assert.equal(clock.pending, 0)
})

test('ES-8.5: drain waits for handlers that are running, and counts those that never return', async () => {
  let finish = () => {}
  const handler = {
    message: () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
  }
  const { sessions, receive, sink, clock } = startSession(handler)
  receive('x')
  const watched = watch(sessions.drain())
  sink.closed(1001, '')
  clock.advance(100)
  await settle()
  assert.equal(watched.done, false)
  finish()
  const { closed, abandonedHandlers, durationMs } = await watched.report
  assert.deepEqual([closed, abandonedHandlers, durationMs], [1, 0, 100])
  const stuck = startSession({ close: () => new Promise<void>(() => {}) })
  const report = stuck.sessions.drain({ timeoutMs: 1_000 })
  stuck.sink.closed(1001, '')
  stuck.clock.advance(1_010)
  assert.equal((await report).abandonedHandlers, 1)
  assert.equal(stuck.clock.pending, 0)
})

test('ES-8.2: pending handshakes are refused and counted', async () => {
  const clock = createManualClock()
  const sessions = createSessions({ clock })
  const definition = defineSession({ authorize: () => new Promise(() => {}) })
  const attempts = [1, 2, 3].map(() => sessions.admit(definition, memoryRequestSource({})))
  assert.equal((await sessions.drain()).aborted, 3)
  for (const { answer } of attempts) assert.equal((await answer).accepted, false)
  assert.equal(clock.pending, 0)
})

test('a handshake that was accepted before the drain and opens during it is closed, and waited for', async () => {
  const clock = createManualClock()
  const sessions = createSessions({ clock })
  const attempt = sessions.admit(defineSession({}), memoryRequestSource({}))
  const watched = watch(sessions.drain())
  await settle()
  assert.equal(watched.done, false)
  const port = new RecordingPort()
  const { sink, start } = attempt.open(port)
  start()
  assert.deepEqual(port.calls, ['close 1001 server is shutting down'])
  sink.closed(1001, '')
  assert.equal((await watched.report).closed, 1)
  assert.equal(clock.pending, 0)
})

test('a handshake that was accepted and is never opened does not keep a drain waiting for ever', async () => {
  const clock = createManualClock()
  const sessions = createSessions({ clock })
  sessions.admit(defineSession({}), memoryRequestSource({}))
  const report = sessions.drain({ timeoutMs: 100 })
  clock.advance(110)
  assert.deepEqual(await report, { closed: 0, cut: 0, aborted: 0, abandonedHandlers: 0, durationMs: 110 })
})

test('a drain that is called again from within the first is the first', async () => {
  const reports = new Set<Promise<DrainReport>>()
  const clock = createManualClock()
  const sessions = createSessions({
    clock,
    observer: {
      onReject: () => void reports.add(sessions.drain()),
      onClose: () => void reports.add(sessions.drain()),
    },
  })
  sessions.admit(defineSession({ authorize: () => new Promise(() => {}) }), memoryRequestSource({}))
  const port = new RecordingPort()
  const { sink, start } = sessions.admit(defineSession({}), memoryRequestSource({})).open(port)
  start()
  port.close = () => sink.closed(1001, '')
  const report = sessions.drain()
  reports.add(report)
  assert.equal(reports.size, 1)
  const { closed, aborted } = await report
  assert.deepEqual([closed, aborted], [1, 1])
  assert.equal(clock.pending, 0)
})

test('a deadline of 0 waits for nobody', async () => {
  const { sessions, port, clock } = startSession({})
  const report = sessions.drain({ timeoutMs: 0 })
  clock.advance(0)
  assert.equal(port.calls.at(-1), 'terminate')
  clock.advance(10)
  assert.equal((await report).cut, 1)
})

const wrong: readonly [string, unknown, string][] = [
  ['a code that may not be sent', { code: 1006 }, 'ES_ERR_CLOSE_ARGUMENT'],
  ['a code that is no number', { code: '1001' }, 'ES_ERR_CLOSE_ARGUMENT'],
  ['a reason that is no string', { reason: 5 }, 'ES_ERR_CLOSE_ARGUMENT'],
  ['a negative deadline', { timeoutMs: -1 }, 'ES_ERR_OPTION'],
  ['a deadline that never comes', { timeoutMs: Number.POSITIVE_INFINITY }, 'ES_ERR_OPTION'],
  ['a deadline beyond what a timer can wait for', { timeoutMs: 2 ** 31 }, 'ES_ERR_OPTION'],
  ['a deadline that is no number', { timeoutMs: '5' }, 'ES_ERR_OPTION'],
  ['a deadline that is NaN', { timeoutMs: Number.NaN }, 'ES_ERR_OPTION'],
  ['an unknown option', { timeout: 5 }, 'ES_ERR_OPTION'],
  ['null', null, 'ES_ERR_OPTION'],
]

for (const [name, options, code] of wrong) {
  test(`ES-8.9: drain refuses ${name}, and does not begin`, () => {
    const { sessions, port } = startSession({})
    assert.throws(() => sessions.drain(options as DrainOptions), { code })
    assert.equal(sessions.draining, false)
    assert.deepEqual(port.calls, [])
  })
}

test('ES-8.8: the deadline holds the process until the report is there, every other timer does not', () => {
  const held: boolean[] = []
  const clock = {
    now: () => 0,
    setTimeout: (_: () => void, __: number, holdsProcess = false) => {
      held.push(holdsProcess)
      return held.length
    },
    clearTimeout() {},
  }
  const { sessions } = startSession({}, { clock })
  assert.deepEqual(held, [false])
  void sessions.drain()
  assert.equal(held.filter(Boolean).length, 1)
})
