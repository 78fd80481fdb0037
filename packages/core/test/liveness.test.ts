import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionsOptions } from '../dist/index.js'
import { type OpenedSession, openSession, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

// The tick is a sixteenth of the shortest of these: 50 ms.
const HEARTBEAT: SessionsOptions = {
  heartbeatIntervalMs: 1_000,
  heartbeatTimeoutMs: 800,
  closeTimeoutMs: 800,
  messageTimeoutMs: 2_000,
}

const pingsOf = (port: RecordingPort) => port.pings.length
const ended = (opened: OpenedSession) => opened.port.calls.includes('terminate')

function pinged(options: SessionsOptions = {}, port = new RecordingPort()): OpenedSession {
  const opened = startSession({ async message() {} }, { ...HEARTBEAT, ...options }, port)
  while (pingsOf(port) === 0) opened.clock.advance(50)
  return opened
}

test('ES-5.1: a ping goes out every interval, the first within the first one', () => {
  const { clock, port, sink } = startSession({}, HEARTBEAT)
  const at: number[] = []
  for (let time = 0; time < 10_000; time += 10) {
    const before = pingsOf(port)
    clock.advance(10)
    if (pingsOf(port) > before) at.push(clock.now())
    sink.pong(port.pings.at(-1) ?? new Uint8Array(0))
  }
  assert.ok((at[0] as number) <= 1_050)
  for (let ping = 1; ping < at.length; ping++) {
    const gap = (at[ping] as number) - (at[ping - 1] as number)
    assert.ok(gap >= 1_000 && gap <= 1_050, `${gap} ms between two pings`)
  }
})

test('ES-5.2: a peer that does not answer is dropped after the timeout, no sooner, with ES_ERR_HEARTBEAT', () => {
  const codes: unknown[] = []
  const opened = pinged({
    observer: { onError: (error) => void codes.push((error as { code: string }).code) },
  })
  opened.clock.advance(750)
  assert.equal(ended(opened), false)
  opened.clock.advance(150)
  assert.equal(ended(opened), true)
  assert.equal(opened.session.state, 'closing')
  assert.deepEqual(codes, ['ES_ERR_HEARTBEAT'])
  assert.equal(opened.sessions.counters().heartbeatTimeouts, 1)
  opened.sink.closed(1006, '')
  assert.equal(opened.clock.pending, 0)
})

test('a peer is dropped once, however long its transport takes to report it', () => {
  const opened = pinged()
  opened.clock.advance(20_000)
  assert.equal(opened.port.calls.filter((call) => call === 'terminate').length, 1)
  assert.equal(opened.sessions.counters().heartbeatTimeouts, 1)
})

const signs: readonly [string, (opened: OpenedSession) => void][] = [
  ['a pong', ({ sink, port }) => sink.pong(port.pings.at(-1) as Uint8Array)],
  ['a pong that nobody asked for', ({ sink }) => sink.pong(new Uint8Array(0))],
  ['a ping', ({ sink }) => sink.ping(new Uint8Array(0))],
  ['a message', ({ receive }) => receive('x')],
  ['the begin of a message', ({ sink }) => sink.unfinished(true)],
]

for (const [name, sign] of signs) {
  test(`ES-5.3: ${name} in the same tick as the ping, or just before the deadline, is a sign of life`, () => {
    for (const waitMs of [0, 700]) {
      const opened = pinged()
      opened.clock.advance(waitMs)
      sign(opened)
      opened.clock.advance(899 - waitMs)
      assert.equal(ended(opened), false)
    }
  })
}

test('ES-5.4: the round trip is from the last ping to its pong; other pongs change nothing', () => {
  const { clock, session, sink, port } = startSession({}, HEARTBEAT)
  sink.pong(new Uint8Array(4))
  assert.equal(session.rttMs, undefined)
  while (pingsOf(port) === 0) clock.advance(50)
  clock.advance(30)
  sink.pong(Uint8Array.of(9, 9, 9, 9))
  sink.pong(new Uint8Array(0))
  assert.equal(session.rttMs, undefined)
  sink.pong(port.pings[0] as Uint8Array)
  assert.equal(session.rttMs, 30)
  clock.advance(500)
  sink.pong(port.pings[0] as Uint8Array)
  assert.equal(session.rttMs, 30)
})

test('ES-5.5, R3: a loop that stood still through the deadline drops nobody who answers afterwards', () => {
  for (const stallMs of [799, 800, 5_000, 30_000]) {
    const opened = pinged()
    opened.clock.jump(stallMs)
    assert.equal(ended(opened), false)
    opened.sink.pong(opened.port.pings.at(-1) as Uint8Array)
    opened.clock.advance(500)
    assert.equal(ended(opened), false)
  }
})

test('ES-5.5: one stall after another drops nobody who is not heard in between, the first quiet turn does', () => {
  const opened = pinged()
  for (let stall = 0; stall < 10; stall++) opened.clock.jump(1_000)
  assert.equal(ended(opened), false)
  opened.clock.advance(100)
  assert.equal(ended(opened), true)
})

test('ES-5.6: a peer that is not read from because its handler is slow is pinged on, and not taken for dead', () => {
  const port = new RecordingPort()
  const opened = startSession(
    { message: () => new Promise<void>(() => {}) },
    { ...HEARTBEAT, maxQueuedMessages: 1 },
    port,
  )
  opened.receive('a')
  opened.receive('b')
  assert.equal(port.paused, true)
  opened.clock.advance(60_000)
  assert.equal(ended(opened), false)
  assert.ok(pingsOf(port) >= 57, `${pingsOf(port)} pings`)
})

test('ES-5.6: when reading goes on, the answer to a ping has its whole time from there', async () => {
  let answer = () => {}
  const port = new RecordingPort()
  const opened = startSession(
    {
      message: () =>
        new Promise<void>((resolve) => {
          answer = resolve
        }),
    },
    { ...HEARTBEAT, maxQueuedMessages: 1 },
    port,
  )
  opened.receive('a')
  opened.receive('b')
  opened.clock.advance(60_790)
  answer()
  await Promise.resolve()
  await Promise.resolve()
  assert.equal(port.paused, false)
  opened.clock.advance(790)
  assert.equal(ended(opened), false)
  opened.clock.advance(1_000)
  assert.equal(ended(opened), true)
})

test('R1, R2: a peer that neither reads nor answers is dropped, though this side has stopped reading', () => {
  const port = new RecordingPort()
  port.holding = true
  const opened = pinged({ highWaterBytes: 10 }, port)
  opened.session.send('x'.repeat(11))
  assert.equal(port.paused, true)
  opened.clock.advance(1_000)
  assert.equal(ended(opened), true)
})

test('R1: a peer that is behind and takes what it is sent, however slowly, is alive', () => {
  const port = new RecordingPort()
  port.holding = true
  const opened = pinged({ highWaterBytes: 10 }, port)
  opened.session.send('x'.repeat(10_000))
  for (let step = 0; step < 100; step++) {
    opened.clock.advance(700)
    port.bufferedBytes -= 10
    // A sender that refills the buffer hides the progress from a plain look at it.
    if (step % 2 === 0) opened.session.send('y'.repeat(10))
  }
  assert.equal(ended(opened), false)
  opened.clock.advance(3_000)
  assert.equal(ended(opened), true)
})

test('R1: what a peer took before it was asked does not answer for it', () => {
  const port = new RecordingPort()
  port.holding = true
  const opened = pinged({ highWaterBytes: 10 }, port)
  opened.sink.pong(port.pings[0] as Uint8Array)
  opened.session.send('x'.repeat(1_000))
  port.bufferedBytes -= 100
  opened.session.send('y')
  while (pingsOf(port) < 2) opened.clock.advance(50)
  opened.clock.advance(750)
  assert.equal(ended(opened), false)
  opened.clock.advance(150)
  assert.equal(ended(opened), true)
})

test('R2: what only the kernel has taken is no sign of life', () => {
  const port = new RecordingPort()
  port.holding = true
  const opened = pinged({}, port)
  for (let step = 0; step < 20; step++) {
    opened.session.send('x'.repeat(100))
    opened.clock.advance(50)
    port.bufferedBytes = 0
  }
  assert.equal(ended(opened), true)
})

test('R3: a peer whose close frame waits to be read after a stall is not dropped', () => {
  const opened = startSession({}, HEARTBEAT)
  opened.session.close(4000)
  opened.clock.jump(30_000)
  assert.equal(ended(opened), false)
  opened.clock.advance(100)
  assert.equal(ended(opened), true)
})

test('ES-5.1: ticks that come a little late put no ping off for good', () => {
  const opened = startSession({}, HEARTBEAT)
  for (let time = 0; time < 21_000; time += 7) {
    opened.clock.jump(7)
    opened.sink.pong(new Uint8Array(0))
  }
  assert.equal(pingsOf(opened.port), 21)
})

test('ES-5.1: after a stall of several intervals there is one ping, and the next an interval later', () => {
  const opened = startSession({}, HEARTBEAT)
  opened.clock.advance(1_000)
  assert.equal(pingsOf(opened.port), 1)
  opened.sink.pong(new Uint8Array(0))
  opened.clock.jump(10_000)
  assert.equal(pingsOf(opened.port), 2)
  opened.sink.pong(new Uint8Array(0))
  opened.clock.advance(900)
  assert.equal(pingsOf(opened.port), 2)
  opened.clock.advance(100)
  assert.equal(pingsOf(opened.port), 3)
})

test('ES-5.7: the pings of many sessions are spread over the interval', () => {
  const first = startSession({}, HEARTBEAT)
  let busiest = 0
  const ports: RecordingPort[] = []
  const { sessions, clock } = first
  for (let index = 0; index < 400; index++) ports.push(joinEngine(first))
  for (let time = 0; time < 1_100; time += 50) {
    const before = sessions.counters().pings
    clock.advance(50)
    busiest = Math.max(busiest, sessions.counters().pings - before)
  }
  assert.ok(ports.every((port) => port.pings.length > 0))
  assert.ok(busiest < 80, `${busiest} of 401 pings in one tick`)
})

test('ES-5.7: of many sessions those that came one after the other are pinged together', () => {
  const first = startSession({}, HEARTBEAT)
  const ports = Array.from({ length: 3_000 }, () => joinEngine(first))
  const ticks: RecordingPort[][] = []
  const due = new Set(ports)
  for (let time = 0; time < 1_100; time += 50) {
    first.clock.advance(50)
    const pinged = [...due].filter((port) => port.pings.length > 0)
    for (const port of pinged) due.delete(port)
    if (pinged.length > 0) ticks.push(pinged)
  }
  const groups = ticks.map((pinged) => {
    const followers = pinged.filter((port) =>
      pinged.includes(ports[ports.indexOf(port) - 1] as RecordingPort),
    )
    return { size: pinged.length, alone: pinged.length - followers.length }
  })
  const sizes = groups.map(({ size }) => size)
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    3_000,
  )
  assert.ok(sizes.length >= 10 && Math.max(...sizes) < 500, `${sizes} in a tick`)
  const alone = groups.reduce((sum, group) => sum + group.alone, 0)
  assert.ok(alone < 150, `${alone} of 3000 without the one before them`)
})

function joinEngine(first: OpenedSession): RecordingPort {
  const port = new RecordingPort()
  openSession({}, {}, port, first.sessions).start()
  return port
}

test('ES-5.8: without an interval, or on a transport that cannot ping, there is no heartbeat and no timer', () => {
  for (const opened of [
    startSession({}, { ...HEARTBEAT, heartbeatIntervalMs: 0 }),
    startSession({}, HEARTBEAT, new RecordingPort({ ping: false })),
  ]) {
    assert.equal(opened.clock.pending, 0)
    opened.clock.advance(100_000)
    assert.deepEqual(opened.port.calls, [])
  }
})

test('ES-4.5: a message that is not finished in time ends the session with 1008', () => {
  const opened = startSession({}, HEARTBEAT)
  opened.clock.advance(100)
  opened.sink.unfinished(true)
  for (let step = 0; step < 19; step++) {
    opened.clock.advance(100)
    // Whatever comes besides does not put it off, nor does more of the same message.
    opened.sink.ping(new Uint8Array(0))
    opened.sink.unfinished(true)
  }
  assert.equal(opened.session.state, 'open')
  opened.clock.advance(200)
  assert.match(opened.port.calls.at(-1) as string, /^close 1008/)
})

test('ES-4.5: the deadline is that of each message, with or without a heartbeat to wake the clock', () => {
  for (const heartbeatIntervalMs of [0, 86_000_000]) {
    const opened = startSession({}, { ...HEARTBEAT, heartbeatIntervalMs })
    opened.clock.advance(50_000)
    opened.sink.unfinished(true)
    opened.clock.advance(1_900)
    opened.sink.unfinished(false)
    opened.receive('x')
    opened.sink.unfinished(true)
    opened.clock.advance(1_900)
    assert.equal(opened.session.state, 'open', 'the second message has a deadline of its own')
    opened.clock.advance(150)
    assert.equal(opened.session.state, 'closing')
  }
})

test('ES-4.5: a message that is complete has no deadline, though the transport says no more about it', () => {
  const opened = startSession({}, { ...HEARTBEAT, heartbeatIntervalMs: 0 })
  opened.sink.unfinished(true)
  opened.receive('x')
  opened.clock.advance(100_000)
  assert.equal(opened.session.state, 'open')
  assert.equal(opened.clock.pending, 0)
})

test('ES-4.5: 0 waits for ever', () => {
  const opened = startSession({}, { ...HEARTBEAT, heartbeatIntervalMs: 0, messageTimeoutMs: 0 })
  opened.sink.unfinished(true)
  opened.clock.advance(1_000_000)
  assert.equal(opened.session.state, 'open')
})

test('ES-4.5: what this side does not read cannot be finished, and a stall is not the fault of the peer', () => {
  const opened = startSession(
    { message: () => new Promise<void>(() => {}) },
    { ...HEARTBEAT, maxQueuedMessages: 1 },
  )
  opened.receive('a')
  opened.receive('b')
  opened.sink.unfinished(true)
  opened.clock.advance(100_000)
  assert.equal(opened.session.state, 'open')
  const stalled = startSession({}, { ...HEARTBEAT, heartbeatIntervalMs: 0 })
  stalled.sink.unfinished(true)
  stalled.clock.jump(30_000)
  stalled.sink.unfinished(false)
  stalled.clock.advance(10_000)
  assert.equal(stalled.session.state, 'open')
})

test('ES-5.11: a session without a message either way ends with 1001; pings and pongs are no messages', () => {
  const opened = startSession({}, { ...HEARTBEAT, idleTimeoutMs: 5_000 })
  for (let time = 0; time < 4_900; time += 100) {
    opened.clock.advance(100)
    opened.sink.ping(new Uint8Array(0))
    opened.sink.pong(opened.port.pings.at(-1) ?? new Uint8Array(0))
  }
  assert.equal(opened.session.state, 'open')
  opened.clock.advance(200)
  assert.match(opened.port.calls.at(-1) as string, /^close 1001/)
})

test('ES-5.12: a message either way starts the idle time again', () => {
  const opened = startSession({}, { ...HEARTBEAT, heartbeatIntervalMs: 0, idleTimeoutMs: 5_000 })
  opened.clock.advance(4_500)
  opened.session.send('x')
  opened.clock.advance(4_500)
  opened.receive('x')
  opened.clock.advance(4_500)
  assert.equal(opened.session.state, 'open')
  opened.clock.advance(600)
  assert.equal(opened.session.state, 'closing')
})

test('R3: a stall through the idle time ends nobody whose message waits to be read', () => {
  const opened = startSession({}, { ...HEARTBEAT, heartbeatIntervalMs: 0, idleTimeoutMs: 5_000 })
  opened.clock.jump(30_000)
  opened.receive('x')
  opened.clock.advance(1_000)
  assert.equal(opened.session.state, 'open')
})

test('ES-6.10, ES-6.11: a peer that does not finish the closing handshake is dropped in time, whatever it sends', () => {
  const opened = startSession({}, HEARTBEAT)
  opened.clock.advance(100)
  opened.session.close(4000)
  for (let time = 0; time < 700; time += 100) {
    opened.clock.advance(100)
    opened.sink.ping(new Uint8Array(0))
    opened.sink.pong(new Uint8Array(0))
    opened.receive('x')
    opened.sink.unfinished(true)
  }
  assert.equal(ended(opened), false)
  opened.clock.advance(150)
  assert.equal(ended(opened), true)
  assert.equal(pingsOf(opened.port), 0)
  opened.sink.closed(1006, '')
  assert.equal(opened.clock.pending, 0)
})

test('a transport that loses the connection within a ping leaves nothing behind', () => {
  const port = new RecordingPort()
  const opened = startSession({}, HEARTBEAT, port)
  port.ping = () => opened.sink.closed(1006, '')
  opened.clock.advance(2_000)
  assert.equal(opened.session.state, 'closed')
  assert.equal(opened.clock.pending, 0)
})

test('a transport that reports the end from within terminate leaves nothing behind', () => {
  const port = new RecordingPort()
  port.closesAtOnce = true
  const events: string[] = []
  const opened = startSession(
    { close: (_, { code, clean }) => void events.push(`${code} ${clean}`) },
    HEARTBEAT,
    port,
  )
  opened.clock.advance(5_000)
  assert.deepEqual(events, ['1006 false'])
  assert.equal(opened.clock.pending, 0)
  assert.equal(opened.sessions.size, 0)
})
