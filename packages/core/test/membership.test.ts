import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EchoSession, SessionHandler, SessionsOptions } from '../dist/index.js'
import { openSession, settle, startSession } from './open-session.js'

/** A verdict that the test gives when it wants to. */
function verdicts() {
  const waiting: { give(verdict: unknown): void; fail(error: unknown): void }[] = []
  const authorizeJoin = () =>
    new Promise<boolean>((resolve, reject) => {
      waiting.push({ give: (verdict) => resolve(verdict as boolean), fail: reject })
    })
  return { waiting, authorizeJoin }
}

function started(handler: SessionHandler, options: SessionsOptions = {}) {
  const opened = startSession(handler, options)
  const rooms = () => [opened.session.rooms, opened.sessions.rooms]
  return { ...opened, rooms }
}

test('ES-10.1: join takes effect before it returns, and resolves to true however often it is called', async () => {
  const { session, rooms } = started({})
  const joined = [session.join('x'), session.join('y'), session.join('x')]
  assert.deepEqual(rooms(), [
    ['x', 'y'],
    ['x', 'y'],
  ])
  assert.deepEqual(await Promise.all(joined), [true, true, true])
  session.leave('x')
  session.leave('x')
  session.leave('never joined')
  assert.deepEqual(rooms(), [['y'], ['y']])
})

test('ES-10.10: the verdict is asked for once while it is pending, and again after it was no', async () => {
  const { waiting, authorizeJoin } = verdicts()
  const { session, rooms } = started({ authorizeJoin })
  const joins = [session.join('x'), session.join('x')]
  assert.equal(waiting.length, 1)
  assert.deepEqual(rooms(), [[], []])
  waiting[0]?.give('yes')
  assert.deepEqual(await Promise.all(joins), [false, false])
  const again = session.join('x')
  waiting[1]?.give(true)
  assert.equal(await again, true)
  assert.deepEqual(rooms(), [['x'], ['x']])
  assert.equal(await session.join('x'), true)
  assert.equal(waiting.length, 2, 'who is in is not asked about')
})

test('ES-10.12: a join that was given up stays given up, also when the room is joined again meanwhile', async () => {
  const { waiting, authorizeJoin } = verdicts()
  const { session, rooms } = started({ authorizeJoin })
  const first = session.join('x')
  session.leave('x')
  const second = session.join('x')
  waiting[0]?.give(true)
  assert.equal(await first, false)
  assert.deepEqual(rooms(), [[], []])
  waiting[1]?.give(true)
  assert.equal(await second, true)
})

test('ES-10.12: authorizeJoin that leaves the room itself has given it up, whatever it says then', async () => {
  const left: SessionHandler[] = [
    {
      authorizeJoin(session, room) {
        session.leave(room)
        return true
      },
    },
    {
      async authorizeJoin(session, room) {
        session.leave(room)
        return true
      },
    },
  ]
  for (const handler of left) {
    const { session, rooms } = started(handler)
    assert.equal(await session.join('x'), false)
    assert.deepEqual(rooms(), [[], []])
  }
})

test('ES-10.12: authorizeJoin that ends the session lets nobody in', async () => {
  const { session, sessions } = started({
    authorizeJoin(joining) {
      joining.close()
      return true
    },
  })
  assert.equal(await session.join('x'), false)
  assert.deepEqual([session.rooms, sessions.rooms], [[], []])
})

test('ES-10.14: what authorizeJoin joins counts beside the room that it decides on', async () => {
  const errors: unknown[] = []
  const { session, sessions } = started(
    {
      authorizeJoin(joining, room) {
        if (room !== 'inner') void joining.join('inner')
        return true
      },
    },
    { maxRoomsPerSession: 1, observer: { onError: (error, phase) => void errors.push([phase, error]) } },
  )
  assert.equal(await session.join('outer'), false)
  assert.deepEqual(sessions.rooms, [])
  const [[phase, error]] = errors as [[string, { code: string }]]
  assert.deepEqual([phase, error.code, errors.length], ['authorizeJoin', 'ES_ERR_ROOM_LIMIT', 1])
})

test('ES-10.10: authorizeJoin that joins the same room is not asked again, and decides', async () => {
  let asked = 0
  const inner: Promise<boolean>[] = []
  const { session, rooms } = started({
    authorizeJoin(joining, room) {
      if (asked++ < 5) inner.push(joining.join(room))
      return true
    },
  })
  assert.equal(await session.join('x'), true)
  assert.equal(asked, 1)
  assert.deepEqual(await Promise.all(inner), [false], 'the answer to one that asks is not known yet')
  assert.deepEqual(rooms(), [['x'], ['x']])
})

test('ES-10.14: a join that is pending takes a place, and gives it back with a no', async () => {
  const { waiting, authorizeJoin } = verdicts()
  const { session } = started({ authorizeJoin }, { maxRoomsPerSession: 2 })
  const joins = [session.join('a'), session.join('b')]
  assert.throws(() => session.join('c'), { code: 'ES_ERR_ROOM_LIMIT', message: /2 rooms at once/ })
  assert.equal(session.join('a') instanceof Promise, true, 'what is pending is no further room')
  waiting[0]?.give(false)
  await joins[0]
  const third = session.join('c')
  session.leave('b')
  waiting[2]?.give(true)
  assert.equal(await third, true)
  assert.deepEqual(session.rooms, ['c'])
})

test('ES-10.13: a wrong name is refused, also of a session that is over', () => {
  const { session, sink } = started({}, { maxRoomNameLength: 4 })
  const check = () => {
    for (const room of ['', '12345', '\ud800', 5, null, undefined, {}, ['x']]) {
      assert.throws(() => session.join(room as string), { code: 'ES_ERR_ROOM' }, String(room))
    }
  }
  check()
  void session.join('😀😀')
  assert.deepEqual(session.rooms, ['😀😀'])
  sink.closed(1006, '')
  check()
})

test('ES-10.9: a session that is over joins nothing, and has what it was in last', async () => {
  const { session, sessions, sink } = started({})
  void session.join('x')
  void session.join('y')
  session.leave('x')
  session.close()
  assert.equal(await session.join('z'), false)
  session.leave('y')
  assert.deepEqual([session.rooms, sessions.rooms], [['y'], []])
  sink.closed(1000, '')
  assert.equal(await session.join('z'), false)
  assert.deepEqual([session.rooms, sessions.rooms], [['y'], []])
})

test('ES-10.9: a session whose connection is lost while open runs joins in open and is out again', async () => {
  const { session, sessions, sink } = openSession({
    async open(opening) {
      void opening.join('at once')
      await Promise.resolve()
      assert.equal(await opening.join('later'), false)
    },
  })
  sink.closed(1006, '')
  await settle()
  assert.deepEqual([session.rooms, sessions.rooms], [['at once'], []])
})

test('ES-10.11: a verdict that fails ends the session with 1011, and join is false', async () => {
  const { waiting, authorizeJoin } = verdicts()
  const log: string[] = []
  const handler: SessionHandler = {
    authorizeJoin,
    error: (_, error) => void log.push(`error ${error}`),
  }
  const { session, port } = started(handler)
  const joined = session.join('x')
  waiting[0]?.fail('no database')
  assert.equal(await joined, false)
  assert.deepEqual(log, ['error no database'])
  assert.match(port.calls.at(-1) as string, /^close 1011/)
})

test('ES-6.13: a verdict that fails when the session is over goes to the observers alone', async () => {
  const { waiting, authorizeJoin } = verdicts()
  const log: string[] = []
  const handler: SessionHandler = {
    authorizeJoin,
    error: () => void log.push('error'),
    close: () => void log.push('close'),
  }
  const observer = { onError: (_: unknown, phase: string) => void log.push(`onError ${phase}`) }
  const { session, sink, sessions } = started(handler, { observer })
  const joined: Promise<boolean> = (session as EchoSession).join('x')
  sink.closed(1006, '')
  waiting[0]?.fail('no database')
  assert.equal(await joined, false)
  assert.deepEqual(log, ['close', 'onError authorizeJoin'])
  assert.equal(sessions.counters().handlerErrors, 1)
})
