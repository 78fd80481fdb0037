import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSessions,
  type EchoSession,
  type FrameEncoder,
  type MessageType,
  type SessionsOptions,
} from '../dist/index.js'
import { createManualClock } from '../dist/memory/index.js'
import { type OpenedSession, openSession, settle } from './open-session.js'
import { RecordingPort } from './recording-port.js'
import { createRandom, type SeededRandom, seeds } from './seeded-random.js'

const encode: FrameEncoder = (data, type) => Buffer.from(`${type} ${Buffer.from(data).toString('latin1')}`)

/** A port that takes frames, and notes in a log of all ports what it is told. */
class LoggingPort extends RecordingPort {
  readonly #log: string[]
  readonly #name: string

  constructor(name: string, log: string[], encoder: FrameEncoder | undefined) {
    super(encoder && { encoder })
    this.#name = name
    this.#log = log
  }

  override send(data: string | Uint8Array, type: MessageType): void {
    // A copy, as of what it is at this time.
    const text = Buffer.from(data).toString('latin1')
    super.send(text, type)
    this.#log.push(`${this.#name}: ${text}`)
  }

  sendEncoded(frame: Uint8Array): void {
    const [type, ...words] = Buffer.from(frame).toString('latin1').split(' ')
    this.send(words.join(' '), type as MessageType)
  }

  override close(code: number, reason: string): void {
    super.close(code, reason)
    this.#log.push(`${this.#name} closes`)
  }

  override terminate(): void {
    super.terminate()
    this.#log.push(`${this.#name} terminates`)
  }

  override pong(payload: Uint8Array): void {
    super.pong(payload)
    this.#log.push(`${this.#name} pongs`)
  }
}

function crowd(
  names: string,
  options: SessionsOptions = {},
  encoderOf = (_name: string): FrameEncoder | undefined => encode,
) {
  const log: string[] = []
  const sessions = createSessions({ heartbeatIntervalMs: 0, ...options })
  const open = (name: string): OpenedSession => {
    const opened = openSession({}, {}, new LoggingPort(name, log, encoderOf(name)), sessions)
    opened.start()
    return opened
  }
  const members = [...names].map(open)
  for (const { session } of members) void session.join('room')
  return { sessions, members, log, open }
}

test('messages to the same sessions one right after the other: the first goes to each at once, the others together', async () => {
  const { sessions, log } = crowd('ab')
  const counts = [sessions.broadcast('1'), sessions.broadcast('2'), sessions.broadcast(Uint8Array.of(0x33))]
  assert.deepEqual(counts, [2, 2, 2])
  const { messagesOut, bytesOut } = sessions.counters()
  assert.deepEqual([messagesOut, bytesOut], [6, 6])
  await settle()
  assert.deepEqual(log, ['a: 1', 'b: 1', 'a: 2', 'a: 3', 'b: 2', 'b: 3'])
})

test('they are handed over when the running call is over', async () => {
  const { sessions, log } = crowd('ab')
  sessions.broadcast('1')
  sessions.broadcast('2')
  assert.deepEqual(log, ['a: 1', 'b: 1'])
  await Promise.resolve()
  assert.deepEqual(log, ['a: 1', 'b: 1', 'a: 2', 'b: 2'])
  sessions.broadcast('3')
  sessions.broadcast('4')
  await Promise.resolve()
  assert.deepEqual(log.slice(4), ['a: 3', 'b: 3', 'a: 4', 'b: 4'])
})

test('a room, several rooms, all but some and what a session sends to the others are kept as well', async () => {
  const { sessions, members, log } = crowd('abc')
  const [a, b] = members.map(({ session }) => session) as [EchoSession, EchoSession]
  void b.join('other')
  const audiences = [
    () => sessions.to('room'),
    () => sessions.to('room', 'other'),
    () => sessions.to('room').except('other'),
    () => sessions.everyone().except(a),
    () => a.to('room'),
  ]
  for (const audience of audiences) {
    log.length = 0
    audience().send('1')
    const went = log.length
    audience().send('2')
    assert.equal(log.length, went)
    await settle()
    assert.equal(log.length, 2 * went)
  }
})

const OTHERS: Readonly<Record<string, (stand: ReturnType<typeof crowd>) => unknown>> = {
  'another room': ({ sessions }) => sessions.to('room').send('then'),
  'the same but one': ({ sessions, members }) =>
    sessions
      .everyone()
      .except((members[0] as OpenedSession).session)
      .send('then'),
  'the same but another room': ({ sessions }) => sessions.everyone().except('room', 'none').send('then'),
  'whom a predicate is true of': ({ sessions }) =>
    sessions
      .everyone()
      .where(() => true)
      .send('then'),
  'the same, by a key': ({ sessions }) => sessions.broadcast('then', { key: 'k' }),
  'one of them': ({ members }) => members[1]?.session.send('then'),
  'all, more than fits': ({ sessions }) => sessions.broadcast('then'.repeat(30)),
}

for (const [name, act] of Object.entries(OTHERS)) {
  test(`what was kept goes out before what is sent to ${name}`, async () => {
    const stand = crowd('ab', { highWaterBytes: 100 })
    stand.sessions.broadcast('1')
    stand.sessions.broadcast('2')
    act(stand)
    assert.deepEqual(stand.log.slice(0, 4), ['a: 1', 'b: 1', 'a: 2', 'b: 2'])
    await settle()
    assert.equal(stand.log.filter((line) => line.endsWith('2')).length, 2)
  })
}

const EVENTS: Readonly<Record<string, (stand: ReturnType<typeof crowd>) => unknown>> = {
  'one of them closes': ({ members }) => members[0]?.session.close(),
  'one of them is cut off': ({ members }) => members[0]?.session.terminate(),
  'one of them is gone': ({ members }) => members[0]?.sink.closed(1000, ''),
  'one of them leaves the room': ({ members }) => members[0]?.session.leave('room'),
  'one of them joins another room': ({ members }) => members[0]?.session.join('another'),
  'somebody comes': ({ open }) => open('c'),
  'a ping is answered': ({ members }) => members[0]?.sink.ping(new Uint8Array(0)),
  'the transport sends something of its own': ({ members }) => members[0]?.sink.settle(),
  'somebody looks at what waits for one': ({ members }) => members[0]?.session.bufferedBytes,
  'somebody looks at the counters': ({ sessions }) => sessions.counters(),
  'all are drained': ({ sessions }) => void sessions.drain(),
}

for (const [name, act] of Object.entries(EVENTS)) {
  test(`what was kept goes out before ${name}`, () => {
    const stand = crowd('ab')
    stand.sessions.broadcast('1')
    stand.sessions.broadcast('2')
    act(stand)
    assert.deepEqual(stand.log.slice(0, 4), ['a: 1', 'b: 1', 'a: 2', 'b: 2'])
  })
}

test('who comes, leaves or ends between two messages gets what was sent while it was there, and is not counted', async () => {
  const { sessions, members, log, open } = crowd('abc')
  const [a, b] = members.map(({ session }) => session) as [EchoSession, EchoSession]
  const room = sessions.to('room')
  assert.deepEqual([room.send('1'), room.send('2')], [3, 3])
  a.leave('room')
  assert.deepEqual([room.send('3'), room.send('4')], [2, 2])
  b.terminate()
  assert.deepEqual([room.send('5'), room.send('6')], [1, 1])
  void open('d').session.join('room')
  assert.deepEqual([room.send('7'), room.send('8')], [2, 2])
  await settle()
  const of = (name: string) =>
    log
      .filter((line) => line.startsWith(name))
      .map((line) => line.slice(3))
      .join('')
  assert.deepEqual([of('a'), of('b').slice(0, 4), of('c'), of('d')], ['12', '1234', '12345678', '78'])
})

test('bytes may be changed as soon as they were sent', async () => {
  const { sessions, log } = crowd('ab')
  const bytes = Buffer.from('1')
  for (const digit of '123') {
    bytes.write(digit)
    sessions.broadcast(bytes)
  }
  bytes.write('4')
  await settle()
  assert.deepEqual(log, ['a: 1', 'b: 1', 'a: 2', 'a: 3', 'b: 2', 'b: 3'])
})

test('a message that would bring one of them behind is not kept: each is told at once, and its bytes count', () => {
  const { sessions, members, log } = crowd('ab', { highWaterBytes: 30, maxBufferedBytes: 40 })
  const [a, b] = members as [OpenedSession, OpenedSession]
  a.port.holding = true
  a.port.bufferedBytes = 14
  // "text 1" has six bytes: of sixteen, fifteen are left after the first, nine after the second, and three after the third.
  for (const digit of '1234') assert.equal(sessions.broadcast(digit), 2)
  assert.deepEqual(log.slice(-2), ['a: 4', 'b: 4'])
  assert.equal(a.session.bufferedBytes, 18)
  assert.equal(sessions.broadcast('x'.repeat(20)), 2)
  assert.equal(a.port.paused, true)
  assert.equal(b.port.paused, false)
})

test('what an encoder makes shorter is not kept either where the message would not fit', () => {
  const squeeze: FrameEncoder = (_data, type) => Buffer.from(`${type} z`)
  const { sessions, members } = crowd('ab', { highWaterBytes: 30, maxBufferedBytes: 40 }, () => squeeze)
  const [a] = members as [OpenedSession]
  a.port.holding = true
  a.port.bufferedBytes = 14
  assert.deepEqual([sessions.broadcast('1'), sessions.broadcast('x'.repeat(30))], [2, 1])
})

test('R1: what was kept counts when it is asked whether a peer takes what it is sent', () => {
  const clock = createManualClock()
  const heartbeat = { clock, heartbeatIntervalMs: 1_000, heartbeatTimeoutMs: 500 }
  const { sessions, members } = crowd('ab', { ...heartbeat, highWaterBytes: 30 })
  const [{ port, session }] = members as [OpenedSession]
  port.holding = true
  while (port.pings.length === 0) clock.advance(50)
  sessions.broadcast('1')
  sessions.broadcast('2')
  assert.equal(session.bufferedBytes, 2)
  port.bufferedBytes = 1
  session.send('x'.repeat(30))
  clock.advance(600)
  assert.equal(session.state, 'open')
  clock.advance(1_000)
  assert.equal(session.state, 'closing')
})

test('where one of them is behind, nothing is kept', () => {
  const { sessions, members, log } = crowd('ab', { highWaterBytes: 30, slowConsumer: 'drop' })
  const [a] = members as [OpenedSession]
  a.port.holding = true
  a.port.bufferedBytes = 40
  sessions.broadcast('1')
  sessions.broadcast('2')
  assert.deepEqual(log, ['a: 1', 'b: 1', 'a: 2', 'b: 2'])
})

test('for transports that encode differently, or not in advance, nothing is kept', () => {
  const other: FrameEncoder = (data, type) => encode(data, type)
  for (const encoderOf of [
    (name: string) => (name === 'b' ? other : encode),
    (name: string) => (name === 'b' ? undefined : encode),
    (name: string) => (name === 'a' ? undefined : encode),
    () => undefined,
  ]) {
    const { sessions, log } = crowd('abc', {}, encoderOf)
    sessions.broadcast('1')
    sessions.broadcast('2')
    assert.deepEqual(log, ['a: 1', 'b: 1', 'c: 1', 'a: 2', 'b: 2', 'c: 2'])
  }
})

test('who ends while a message goes out, because an observer says so, is not counted for the next', async () => {
  const { sessions, members } = crowd('abc', { maxBufferedBytes: 40, slowConsumer: 'drop' })
  const [a, b, c] = members as [OpenedSession, OpenedSession, OpenedSession]
  b.port.holding = true
  b.port.bufferedBytes = 40
  sessions.observe({
    onDrop() {
      b.port.release()
      a.session.close()
    },
  })
  assert.equal(sessions.broadcast('1'), 2)
  assert.equal(sessions.broadcast('2'), 2)
  assert.equal(sessions.broadcast('3'), 2)
  await settle()
  assert.deepEqual(
    [a, b, c].map(({ port }) => port.sent.map(({ data }) => data).join('')),
    ['1', '23', '123'],
  )
})

/** Plays one life of a server, in which messages are kept or not; returns all that can be seen of it. */
async function play(random: SeededRandom, keeping: boolean): Promise<string[]> {
  const seen: string[] = []
  let nested = false
  const options: SessionsOptions = {
    highWaterBytes: 60,
    maxBufferedBytes: 100,
    slowConsumer: random.pick(['close', 'drop', 'latest'] as const),
    observer: {
      onError() {},
      onDrop(session, size) {
        seen.push(`drop ${session.id} ${size}`)
        if (nested) return
        nested = true
        if (random.chance(0.3)) send()
        nested = false
      },
    },
  }
  const stand = crowd('abcd', options)
  const { sessions, members } = stand
  let count = 0
  const member = () => random.pick(members)
  const room = () => random.pick(['room', 'other'])
  const data = () => {
    const text = `${++count}`.padEnd(random.below(12), '.')
    return random.chance(0.5) ? text : Buffer.from(text)
  }
  function send(): void {
    const choice = random.next()
    const message = data()
    const key = random.chance(0.1) ? { key: 'k' } : undefined
    const sent =
      choice < 0.5
        ? sessions.broadcast(message, key)
        : choice < 0.7
          ? sessions.to(room()).send(message, key)
          : choice < 0.8
            ? member().session.to('room').send(message, key)
            : choice < 0.85
              ? sessions.everyone().except(member().session, room()).send(message, key)
              : choice < 0.9
                ? sessions
                    .everyone()
                    .where((session) => session.id % 2 === 1)
                    .send(message, key)
                : member().session.send(message, key)
    seen.push(`sent ${sent}`)
    if (!keeping) members[0]?.sink.settle()
    if (message instanceof Buffer) message.fill('!')
  }
  const act = () => {
    const choice = random.next()
    const { session, sink } = member()
    if (choice < 0.82) send()
    else if (choice < 0.85) seen.push(`waits ${session.bufferedBytes}`)
    else if (choice < 0.88) seen.push(JSON.stringify(sessions.counters()))
    else if (choice < 0.9) void session.join(room())
    else if (choice < 0.92) session.leave(room())
    else if (choice < 0.94) sink.ping(new Uint8Array(random.below(5)))
    else if (choice < 0.95) session.close()
    else if (choice < 0.96) session.terminate()
    else if (choice < 0.97) sink.closed(1000, '')
    else if (choice < 0.98) sink.settle()
    else if (members.length < 12) members.push(stand.open(`${members.length}`))
  }
  for (let step = 0; step < 60; step++) {
    for (let left = random.below(20); left > 0; left--) act()
    await settle()
    const { port } = member()
    port.holding = random.chance(0.3)
    if (!port.holding) port.release()
    seen.push(JSON.stringify(sessions.counters()))
  }
  return [
    ...seen,
    ...members.map(({ port }) => JSON.stringify([port.calls, port.sent.map(({ data }) => String(data))])),
  ]
}

for (const seed of seeds(25)) {
  test(`whatever happens, nobody sees whether messages are kept (seed ${seed})`, async () => {
    const kept = await play(createRandom(seed), true)
    assert.deepEqual(kept, await play(createRandom(seed), false))
  })
}
