import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSessions,
  defineSession,
  type EchoSession,
  type JsonValue,
  type Sessions,
} from '../dist/index.js'
import { connect, createManualClock, createMemoryRelayHub } from '../dist/memory/index.js'
import { settle } from './open-session.js'
import { PresenceCluster, type PresenceProcess } from './presence-cluster.js'

const TIMEOUT_MS = 15_000

async function enter(process: PresenceProcess, room: string, info: JsonValue): Promise<EchoSession> {
  const session = process.open()
  void process.sessions.presence.enter(session, room, info)
  await settle()
  return session
}

async function four() {
  const cluster = new PresenceCluster(4)
  const members: EchoSession[] = []
  for (const [at, process] of cluster.processes.entries()) members.push(await enter(process, 'x', at))
  await cluster.pass(1_000)
  const [a, b, c, d] = cluster.processes as [
    PresenceProcess,
    PresenceProcess,
    PresenceProcess,
    PresenceProcess,
  ]
  return { cluster, members, a, b, c, d }
}

const sorted = (values: readonly unknown[]) => [...values].sort()

test('one process alone knows who is present, without a relay', async () => {
  const sessions = createSessions()
  const [one, two] = [
    await connect(defineSession({}), { sessions }),
    await connect(defineSession({}), { sessions }),
  ]
  const [a, b] = [...sessions] as [EchoSession, EchoSession]
  const events: string[] = []
  const unwatch = sessions.presence.watch(({ room, kind, member }) =>
    events.push(`${room} ${kind} ${JSON.stringify(member.info)}`),
  )
  assert.equal(await sessions.presence.enter(a, 'x', { name: 'Ada' }), true)
  assert.deepEqual(a.rooms, ['x'])
  assert.equal(await sessions.presence.enter(b, 'x'), true)
  assert.deepEqual(sessions.presence.list('x'), [
    { id: sessions.presence.idOf(a), info: { name: 'Ada' }, local: true },
    { id: sessions.presence.idOf(b), info: null, local: true },
  ])
  assert.equal(await sessions.presence.enter(a, 'x', { name: 'Ada' }), true)
  await sessions.presence.enter(a, 'x', { name: 'Eve' })
  sessions.presence.leave(b, 'x')
  sessions.presence.leave(b, 'x')
  assert.deepEqual(b.rooms, ['x'])
  await sessions.presence.enter(b, 'x', 2)
  b.leave('x')
  one.close()
  await one.closed
  assert.deepEqual(sessions.presence.list('x'), [])
  unwatch()
  await sessions.presence.enter(b, 'x', 3)
  assert.deepEqual(events, [
    'x join {"name":"Ada"}',
    'x join null',
    'x update {"name":"Eve"}',
    'x leave null',
    'x join 2',
    'x leave 2',
    'x leave {"name":"Eve"}',
  ])
  two.close()
  await two.closed
  assert.equal(await sessions.presence.enter(b, 'x'), false)
})

test('an info is JSON of at most 1024 bytes, kept apart from what was given, and frozen', async () => {
  const sessions = createSessions()
  await connect(defineSession({}), { sessions })
  const [session] = [...sessions] as [EchoSession]
  const circle: Record<string, unknown> = {}
  circle.self = circle
  for (const info of [circle, 1n, () => {}, Symbol('x'), 'x'.repeat(1_023), 'é'.repeat(512)]) {
    assert.throws(() => sessions.presence.enter(session, 'x', info as JsonValue), { code: 'ES_ERR_OPTION' })
  }
  assert.deepEqual(session.rooms, [])
  assert.throws(() => sessions.presence.enter(session, '', null), { code: 'ES_ERR_ROOM' })
  const info = { deep: [{ n: 1 }], __proto__: null, at: 'x'.repeat(900) }
  await sessions.presence.enter(session, 'x', info as unknown as JsonValue)
  info.deep = []
  const [member] = sessions.presence.list('x')
  assert.deepEqual(member?.info, { deep: [{ n: 1 }], at: 'x'.repeat(900) })
  const frozen = member?.info as unknown as { deep: [{ n: number }] }
  assert.ok([member, frozen, frozen.deep, frozen.deep[0]].every((part) => Object.isFrozen(part)))
})

test('who may not join is not present, and who leaves while it is decided does not come in', async () => {
  const sessions = createSessions()
  let decide: (verdict: boolean) => void = () => {}
  const definition = defineSession({
    authorizeJoin: () =>
      new Promise<boolean>((resolve) => {
        decide = resolve
      }),
  })
  await connect(definition, { sessions })
  const [session] = [...sessions] as [EchoSession]
  const { presence } = sessions
  const refused = presence.enter(session, 'x', 1)
  decide(false)
  assert.equal(await refused, false)
  const left = presence.enter(session, 'x', 2)
  presence.leave(session, 'x')
  decide(true)
  assert.equal(await left, false)
  assert.deepEqual(session.rooms, ['x'])
  session.leave('x')
  const admitted = presence.enter(session, 'x', 3)
  void presence.enter(session, 'x', 4)
  decide(true)
  assert.equal(await admitted, true)
  assert.deepEqual(
    presence.list('x').map(({ info }) => info),
    [4],
  )
})

test('a listener that throws is told of, and disturbs nobody; one that causes an event is told of it afterwards', async () => {
  const errors: unknown[] = []
  const sessions = createSessions({ observer: { onError: (error, phase) => errors.push([error, phase]) } })
  await connect(defineSession({}), { sessions })
  await connect(defineSession({}), { sessions })
  const [a, b] = [...sessions] as [EchoSession, EchoSession]
  const heard: unknown[] = []
  sessions.presence.watch(() => {
    throw 'oops'
  })
  sessions.presence.watch(async () => {
    throw 'later'
  })
  sessions.presence.watch(({ member }) => {
    if (member.info === 1) void sessions.presence.enter(b, 'x', 2)
  })
  sessions.presence.watch(({ member }) => heard.push(member.info))
  await sessions.presence.enter(a, 'x', 1)
  await settle()
  assert.deepEqual(heard, [1, 2])
  assert.deepEqual(sorted(errors.map(String)), [
    'later,presence',
    'later,presence',
    'oops,presence',
    'oops,presence',
  ])
})

test('four processes list the same, in the same order, whoever came first', async () => {
  const { a, b, c, d } = await four()
  assert.deepEqual(sorted(a.infos('x')), [0, 1, 2, 3])
  for (const other of [b, c, d]) assert.deepEqual(other.list('x'), a.list('x'))
  assert.deepEqual(
    a.sessions.presence
      .list('x')
      .filter(({ local }) => local)
      .map(({ info }) => info),
    [0],
  )
})

test('enter settles when the others had the time to say who is with them', async () => {
  const { cluster, a } = await four()
  const [, b] = cluster.processes
  const session = a.open()
  void b?.sessions.presence.enter(b.open(), 'y', 'there')
  let settled = false
  void a.sessions.presence.enter(session, 'y', 'here').then(() => {
    settled = true
    assert.deepEqual(sorted(a.infos('y')), ['here', 'there'])
  })
  await cluster.pass(50)
  assert.equal(settled, false)
  await cluster.pass(300)
  assert.equal(settled, true)
})

test('a process that dies is gone within presenceTimeoutMs, not much sooner, and the living stay', async () => {
  const { cluster, a, b, c, d } = await four()
  await cluster.pass(60_000)
  assert.equal(a.infos('x').length, 4)
  d.relay.kill()
  await cluster.pass(9_000)
  assert.equal(a.infos('x').length, 4)
  await cluster.pass(TIMEOUT_MS - 9_000)
  for (const process of [a, b, c]) {
    assert.deepEqual(sorted(process.infos('x')), [0, 1, 2])
    const leaves = process.events.filter(({ kind }) => kind === 'leave')
    assert.deepEqual(
      leaves.map(({ member }) => member.info),
      [3],
    )
  }
})

test('a process that drains is gone at once', async () => {
  const { cluster, a, b, c, d } = await four()
  void d.sessions.drain()
  await cluster.pass(50)
  for (const process of [a, b, c]) assert.deepEqual(sorted(process.infos('x')), [0, 1, 2])
})

test('a process that stood still is gone, comes back by itself, and has not lost the others', async () => {
  const { cluster, a, b, d } = await four()
  d.relay.freeze()
  await cluster.pass(20_000)
  assert.deepEqual(sorted(a.infos('x')), [0, 1, 2])
  d.relay.mend(() => d.clock.jump(20_000))
  assert.equal(d.infos('x').length, 4, 'its own standing still proves nothing about the others')
  await cluster.pass(10_000)
  for (const process of [a, b, d]) assert.deepEqual(sorted(process.infos('x')), [0, 1, 2, 3])
})

test('while the engine is down members stay until the timeout, and come back by themselves', async () => {
  const { cluster, a, c, members } = await four()
  cluster.hub.down()
  await cluster.pass(5_000)
  assert.equal(a.infos('x').length, 4)
  await cluster.pass(15_000)
  assert.deepEqual(a.infos('x'), [0])
  void c.sessions.presence.enter(members[2] as EchoSession, 'x', 'changed meanwhile')
  members[1]?.leave('x')
  await enter(a, 'x', 'new')
  cluster.hub.up()
  await cluster.pass(3_000)
  assert.deepEqual(sorted(a.infos('x')), [0, 3, 'changed meanwhile', 'new'])
  assert.deepEqual(c.list('x'), a.list('x'))
})

test('a process knows of a room for as long as somebody of its own is in it', async () => {
  const { cluster, a, members } = await four()
  members[0]?.leave('x')
  assert.deepEqual(a.infos('x'), [])
  assert.equal(a.mirror.get('x')?.size, 0)
  await cluster.pass(1_000)
  assert.deepEqual(a.infos('x'), [])
  const onlooker = a.open()
  void onlooker.join('x')
  await cluster.pass(1_000)
  assert.deepEqual(sorted(a.infos('x')), [1, 2, 3])
})

test('more members than go into one signal are told of all the same', async () => {
  const cluster = new PresenceCluster(2)
  const [a, b] = cluster.processes as [PresenceProcess, PresenceProcess]
  for (let at = 0; at < 100; at++) await enter(a, 'x', { at, padding: 'ü'.repeat(490) })
  await enter(b, 'x', 'late')
  await cluster.pass(1_000)
  assert.equal(b.infos('x').length, 101)
  assert.deepEqual(b.list('x'), a.list('x'))
})

test('after a drain no timer is left', async () => {
  const hub = createMemoryRelayHub()
  const clock = createManualClock()
  const [one, other] = [0, 1].map(() => createSessions({ relay: hub.relay(), clock })) as [Sessions, Sessions]
  const present: Promise<boolean>[] = []
  for (const sessions of [one, other]) {
    const open = (session: EchoSession) => void present.push(sessions.presence.enter(session, 'x'))
    await connect(defineSession({ open }), { sessions })
  }
  await settle()
  clock.advance(1_000)
  await settle()
  assert.equal(one.presence.list('x').length, 2)
  await connect(defineSession({ open: (session) => void one.presence.enter(session, 'y') }), {
    sessions: one,
  })
  await settle()
  for (const sessions of [one, other]) {
    const drained = sessions.drain()
    await settle()
    clock.advance(2_000)
    await drained
  }
  assert.deepEqual(await Promise.all(present), [true, true])
  assert.equal(clock.pending, 0)
})
