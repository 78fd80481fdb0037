import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionHandler, SessionsOptions } from '../dist/index.js'
import { settle, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

const limits = { highWaterBytes: 10, maxBufferedBytes: 20 }

function holding(options: SessionsOptions = {}, handler: SessionHandler = {}) {
  const port = new RecordingPort()
  port.holding = true
  return startSession(handler, { ...limits, ...options }, port)
}

test('ES-3.9: send answers false from the byte that is over the mark', () => {
  const { session } = holding()
  assert.equal(session.send('1234567890'), true)
  assert.equal(session.send('1'), false)
})

test('ES-4.11: a session whose peer is behind is not read from until it has caught up', () => {
  const { session, port } = holding()
  session.send('12345678901')
  assert.equal(port.paused, true)
  port.bufferedBytes = 10
  port.sink?.drain()
  assert.equal(port.paused, false)
})

test('ES-3.10: after a false, drain is called once, when the peer has caught up', () => {
  const log: string[] = []
  const { session, port, sink } = holding({}, { drain: () => void log.push('drain') })
  sink.drain()
  session.send('12345678901')
  port.bufferedBytes = 11
  sink.drain()
  assert.equal(log.length, 0)
  port.release()
  sink.drain()
  assert.deepEqual(log, ['drain'])
})

test('ES-3.10: drain is called behind the messages that came before, which wait while the peer is behind', () => {
  const log: string[] = []
  const { session, port, receive } = holding(
    {},
    { message: (_, message) => void log.push(message.text()), drain: () => void log.push('drain') },
  )
  session.send('12345678901')
  receive('a')
  receive('b')
  assert.equal(log.length, 0)
  port.release()
  assert.deepEqual(log, ['a', 'b', 'drain'])
})

test('ES-3.11: drained resolves at once when the peer is not behind, when it has caught up, and when the session is over', async () => {
  const { session, port, sink } = holding()
  const log: string[] = []
  await session.drained()
  session.send('12345678901')
  void session.drained().then(() => log.push('caught up'))
  void session.drained().then(() => log.push('caught up too'))
  await settle()
  assert.equal(log.length, 0)
  port.release()
  await settle()
  assert.deepEqual(log, ['caught up', 'caught up too'])
  session.send('12345678901')
  void session.drained().then(() => log.push('over'))
  sink.closed(1006, '')
  await settle()
  assert.deepEqual(log.slice(2), ['over'])
  await session.drained()
})

test('ES-4.8: what does not fit ends the session with 1013 and is not sent', () => {
  const { session, port } = holding()
  assert.equal(session.send('1234567890'), true)
  assert.equal(session.send('12345678901'), false)
  assert.deepEqual(port.calls, [
    'send text',
    'pause',
    'resume',
    'close 1013 The peer does not read what it is sent.',
  ])
})

test('ES-4.9: with drop what does not fit is dropped and counted, and the session goes on', () => {
  const dropped: number[] = []
  const { session, port, sessions } = holding({
    slowConsumer: 'drop',
    observer: { onDrop: (_, bytes) => void dropped.push(bytes) },
  })
  session.send('1234567890')
  assert.equal(session.send(new Uint8Array(11)), false)
  assert.equal(session.state, 'open')
  assert.deepEqual(dropped, [11])
  assert.equal(sessions.counters().dropped, 1)
  assert.equal(sessions.counters().messagesOut, 1)
  port.release()
  assert.equal(session.send('1'), true)
})

test('ES-3.10: a sender whose message was dropped is told when to go on, though less than the mark waited', async () => {
  const log: string[] = []
  const { session, port } = holding({ slowConsumer: 'drop' }, { drain: () => void log.push('drain') })
  session.send('1')
  assert.equal(session.send('x'.repeat(30)), false)
  void session.drained().then(() => log.push('drained'))
  await settle()
  assert.equal(log.length, 0)
  port.release()
  await settle()
  assert.deepEqual(log, ['drain', 'drained'])
})

test('ES-4.10: when nothing waits, one message is taken whatever its size', () => {
  const { session, port } = holding()
  assert.equal(session.send('x'.repeat(1_000)), false)
  assert.equal(port.sent.length, 1)
  assert.equal(session.state, 'open')
})

test('ES-3.13: on a session that is closing or closed send answers false, throws nothing, puts nothing out', () => {
  const { session, port, sink } = holding()
  session.close()
  const before = port.calls.length
  assert.equal(session.send('x'), false)
  assert.equal(session.send(5 as unknown as string), false)
  sink.closed(1000, '')
  assert.equal(session.send('x'), false)
  assert.equal(port.calls.length, before)
})

test('ES-9.2: what was sent is counted in messages and payload', () => {
  const { session, sessions } = holding()
  session.send('héé')
  session.send(new Uint8Array(4))
  assert.throws(() => session.send(1 as unknown as string), TypeError)
  const { messagesOut, bytesOut, bufferedBytes } = sessions.counters()
  assert.deepEqual(
    { messagesOut, bytesOut, bufferedBytes },
    { messagesOut: 2, bytesOut: 7, bufferedBytes: 7 },
  )
})

test('P6: pongs count: a peer that pings and does not read is not read from', () => {
  const { port, sink } = holding()
  sink.ping(new Uint8Array(11))
  assert.equal(port.paused, true)
})

test('P6: on a transport that cannot pause, a peer that pings and does not read ends with 1013', () => {
  const port = new RecordingPort({ pause: false })
  port.holding = true
  const { sink, session } = startSession({}, limits, port)
  for (let ping = 0; ping < 5; ping++) sink.ping(new Uint8Array(11))
  assert.equal(session.state, 'closing')
  assert.equal(port.calls.filter((call) => call.startsWith('pong')).length, 2)
  assert.match(port.calls.at(-1) as string, /^close 1013/)
})

test('ES-3.11: a drain that waits for its turn is not called when the session ends first', async () => {
  const log: string[] = []
  let finish = () => {}
  const { session, port, sink, receive } = holding(
    {},
    {
      message: () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
      drain: () => void log.push('drain'),
      close: () => void log.push('close'),
    },
  )
  receive('a')
  session.send('12345678901')
  port.release()
  sink.closed(1000, '')
  finish()
  await settle()
  assert.deepEqual(log, ['close'])
})

test('ES-4.8: what makes exactly maxBufferedBytes wait is sent', () => {
  const { session, port } = holding()
  session.send('1234567890')
  session.send('1234567890')
  assert.equal(port.sent.length, 2)
  assert.equal(session.state, 'open')
  session.send('1')
  assert.equal(session.state, 'closing')
})

test('ES-4.8: what the transport only holds back to send it together is sent before it counts against a limit', () => {
  class HoldingPort extends RecordingPort {
    kernel = 0

    flush(): void {
      this.calls.push('flush')
      this.kernel += this.bufferedBytes
      this.bufferedBytes = 0
    }
  }
  const port = new HoldingPort()
  port.holding = true
  const { session } = startSession({}, limits, port)
  assert.equal(session.send('12345'), true)
  assert.equal(port.kernel, 0)
  assert.equal(session.send('12345678901234567890'), true)
  assert.equal(session.send('12345678901234567890'), true)
  assert.equal(session.state, 'open')
  assert.equal(port.paused, false)
  assert.equal(port.kernel, 45)
})
