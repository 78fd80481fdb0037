import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Audience, createSessions, type EchoSession, type SessionsOptions } from '../dist/index.js'
import { openSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

function crowd(count: number, options: SessionsOptions = {}) {
  const sessions = createSessions({ observer: { onError() {} }, ...options })
  const opened = Array.from({ length: count }, () => {
    const one = openSession({}, {}, new RecordingPort(), sessions)
    one.start()
    return one
  })
  return {
    sessions,
    members: opened.map(({ session }) => session),
    ports: opened.map(({ port }) => port),
    /** What went to each. */
    sent: () => opened.map(({ port }) => port.sent.map(({ data }) => String(data))),
  }
}

test('ES-10.5: what is neither a session nor the name of a room cannot be left out', () => {
  const { sessions, members, sent } = crowd(2)
  for (const session of members) void session.join('x')
  const everyone = sessions.to('x')
  const wrong: unknown[] = [
    undefined,
    null,
    members[0]?.id,
    members,
    ['x'],
    new Set(members),
    everyone,
    {},
    '',
    '\ud800',
  ]
  for (const other of wrong) {
    assert.throws(() => Reflect.apply(everyone.except, everyone, [other]), { code: 'ES_ERR_ROOM' })
  }
  everyone.except(...members).send('nobody')
  assert.deepEqual(sent(), [[], []])
})

test('ES-10.5: a session that is over can be left out', () => {
  const { sessions, members } = crowd(2)
  const [a, b] = members as [EchoSession, EchoSession]
  a.terminate()
  assert.deepEqual([...sessions.everyone().except(a)], [b])
})

test('an audience is never changed: each method makes another, and who belongs to it is looked up when it is used', () => {
  const { sessions, members, sent } = crowd(3)
  const [a, b, c] = members as [EchoSession, EchoSession, EchoSession]
  const room = sessions.to('x')
  const others = room.except(a)
  const odd = others.where((session) => session.id % 2 === 1)
  for (const audience of [room, others, odd, room.local()]) assert.equal(audience.size, 0)
  for (const session of members) void session.join('x')
  assert.deepEqual([...room], [a, b, c])
  assert.deepEqual([...others], [b, c])
  assert.deepEqual([...odd], [c])
  assert.deepEqual([...room.local()], [a, b, c])
  void b.leave('x')
  assert.equal(others.send('1'), 1)
  assert.deepEqual(sent(), [[], [], ['1']])
})

test('ES-10.6: every predicate of a chain has to be true, and none is asked about who is left out already', () => {
  const { sessions, members } = crowd(3)
  const [a, b, c] = members as [EchoSession, EchoSession, EchoSession]
  const asked: number[] = []
  const audience = sessions
    .everyone()
    .except(a)
    .where((session) => session !== b)
    .where((session) => {
      asked.push(session.id)
      return true
    })
  assert.deepEqual([...audience], [c])
  assert.deepEqual(asked, [c.id])
  for (const predicate of [undefined, null, 'x', true, {}]) {
    assert.throws(() => Reflect.apply(audience.where, audience, [predicate]), { code: 'ES_ERR_HANDLER' })
  }
})

test('a message that is none, and a key that is none, are refused before a byte leaves', () => {
  const { sessions, sent } = crowd(2)
  const everyone = sessions.everyone()
  for (const data of [undefined, null, 5, {}, ['x'], new Uint16Array(1)]) {
    assert.throws(() => Reflect.apply(everyone.send, everyone, [data]), {
      name: 'TypeError',
      code: 'ES_ERR_MESSAGE_TYPE',
    })
    assert.throws(() => Reflect.apply(sessions.broadcast, sessions, [data]), { code: 'ES_ERR_MESSAGE_TYPE' })
  }
  for (const key of [5, null, {}, 'k'.repeat(1_025)]) {
    assert.throws(() => Reflect.apply(everyone.send, everyone, ['x', { key }]), { code: 'ES_ERR_OPTION' })
  }
  assert.deepEqual(sent(), [[], []])
  assert.equal(everyone.send('x', { key: 'k'.repeat(1_024) }), 2)
  assert.equal(everyone.send('x', { key: '' }), 2)
})

test('names that every object has are ordinary names of rooms', () => {
  const { sessions, members } = crowd(1)
  const [a] = members as [EchoSession]
  for (const room of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(sessions.to(room).size, 0)
    void a.join(room)
    assert.equal(sessions.to(room).size, 1)
  }
  assert.equal(sessions.rooms.length, 4)
})

test('ES-10.13: 64 rooms may be sent to, and 64 left out, at once', () => {
  const { sessions } = crowd(1)
  const rooms = Array.from({ length: 65 }, (_, n) => `room ${n}`)
  const most = rooms.slice(1)
  assert.equal(sessions.to(...most).size, 0)
  assert.throws(() => sessions.to(...rooms), { code: 'ES_ERR_ROOM', message: /at most 64 rooms.* given 65/ })
  let audience: Audience = sessions.everyone()
  for (const room of most) audience = audience.except(room)
  assert.equal(audience.size, 1)
  assert.throws(() => audience.except('one more'), { code: 'ES_ERR_ROOM' })
  assert.throws(() => sessions.to(), { code: 'ES_ERR_ROOM', message: /broadcast or everyone/ })
})

test('ES-10.16: what an observer of errors sends to everyone ends a member that is behind once', () => {
  const told: unknown[] = []
  const { sessions, ports, members } = crowd(2, {
    maxBufferedBytes: 20,
    highWaterBytes: 20,
    observer: {
      onError(error) {
        told.push(error)
        sessions.broadcast('somebody fails')
      },
    },
  })
  const [slow, fast] = ports as [RecordingPort, RecordingPort]
  slow.holding = true
  sessions.broadcast('123456789012345')
  sessions.broadcast('123456')
  assert.equal(told.length, 1)
  assert.deepEqual(
    members.map(({ state }) => state),
    ['closing', 'open'],
  )
  assert.deepEqual(
    slow.calls.filter((call) => call.startsWith('close')),
    ['close 1013 The peer does not read what it is sent.'],
  )
  assert.deepEqual(
    fast.sent.map(({ data }) => data),
    ['123456789012345', 'somebody fails', '123456'],
  )
})
