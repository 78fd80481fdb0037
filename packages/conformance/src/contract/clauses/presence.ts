import assert from 'node:assert/strict'
import {
  defineSession,
  type EchoSession,
  type JsonValue,
  type PresenceEvent,
  type Relay,
  type SessionDefinition,
} from '@echosession/core'
import { createMemoryRelayHub, type MemoryRelayHub } from '@echosession/core/memory'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'

/** Enough for questions and answers to have gone to and fro. */
const EXCHANGE_MS = 2_000
const TIMEOUT_MS = 15_000

/** A process of several that share a memory relay. */
interface Process {
  readonly relay: Relay
  readonly stand: Stand
}

async function startProcesses(
  stage: Stage,
  count: number,
): Promise<{ readonly hub: MemoryRelayHub; readonly processes: readonly Process[] }> {
  const hub = createMemoryRelayHub()
  const processes: Process[] = []
  while (processes.length < count) {
    const relay = hub.relay()
    const stand = await stage.mount(defineSession({}), { relay, heartbeatIntervalMs: 0 })
    processes.push({ relay, stand })
  }
  return { hub, processes }
}

async function alone(stage: Stage, definition: SessionDefinition = defineSession({})): Promise<Stand> {
  return stage.mount(definition, { heartbeatIntervalMs: 0 })
}

async function open(
  stand: Stand,
): Promise<{ readonly session: EchoSession; readonly client: ContractClient }> {
  const client = await stand.connect()
  return { session: stand.session, client }
}

async function enter(stand: Stand, room: string, info: JsonValue): Promise<EchoSession> {
  const { session } = await open(stand)
  void stand.sessions.presence.enter(session, room, info)
  return session
}

function infos(stand: Stand, room = 'x'): readonly JsonValue[] {
  return stand.sessions.presence.list(room).map(({ info }) => info)
}

function ids(stand: Stand, room = 'x'): readonly string[] {
  return stand.sessions.presence.list(room).map(({ id }) => id)
}

const sorted = (values: readonly JsonValue[]) => [...values].sort()

/** Three processes, each with a member of room x that has its number as info. */
async function startThree(stage: Stage) {
  const { hub, processes } = await startProcesses(stage, 3)
  for (const [at, { stand }] of processes.entries()) await enter(stand, 'x', at)
  await stage.advance(EXCHANGE_MS, 100)
  return { hub, processes, a: processes[0] as Process, c: processes[2] as Process }
}

/** Who is in a room, over all processes. */
export const PRESENCE: readonly Clause[] = [
  {
    id: 'ES-11.1',
    title: 'enter makes a session present in a room, which it joins by that; entering again changes its info',
    async check(stage) {
      const stand = await alone(stage)
      const { session } = await open(stand)
      const { presence } = stand.sessions
      assert.equal(await presence.enter(session, 'x', { name: 'Ada' }), true)
      assert.deepEqual(session.rooms, ['x'])
      const member = { id: presence.idOf(session), info: { name: 'Ada' }, local: true }
      assert.deepEqual(presence.list('x'), [member])
      assert.equal(await presence.enter(session, 'x', { name: 'Eve' }), true)
      assert.deepEqual(presence.list('x'), [{ ...member, info: { name: 'Eve' } }])
      assert.deepEqual(presence.list('y'), [])
    },
  },
  {
    id: 'ES-11.2',
    title: 'a session is present no longer once it was told to leave, has left the room, or has ended',
    async check(stage) {
      const stand = await alone(stage)
      const { presence } = stand.sessions
      const [told, left, ended] = [await open(stand), await open(stand), await open(stand)]
      for (const { session } of [told, left, ended]) await presence.enter(session, 'x')
      presence.leave(told.session, 'x')
      assert.deepEqual(told.session.rooms, ['x'], 'it stays in the room')
      left.session.leave('x')
      assert.deepEqual(ids(stand), [presence.idOf(ended.session)])
      ended.client.terminate()
      await stage.until(() => ids(stand).length === 0, 'an empty room')
      assert.equal(await presence.enter(ended.session, 'x'), false)
    },
  },
  {
    id: 'ES-11.3',
    title: 'an info is JSON of at most 1024 bytes, kept apart from what was given, and frozen',
    async check(stage) {
      const stand = await alone(stage)
      const { session } = await open(stand)
      const { presence } = stand.sessions
      for (const info of ['x'.repeat(1_023), 'é'.repeat(512), 1n, () => {}]) {
        assert.throws(() => presence.enter(session, 'x', info as JsonValue), { code: 'ES_ERR_OPTION' })
      }
      assert.deepEqual(session.rooms, [])
      const info = { tags: ['a'] }
      await presence.enter(session, 'x', info)
      info.tags.push('b')
      const [listed] = infos(stand) as [{ tags: readonly string[] }]
      assert.deepEqual(listed, { tags: ['a'] })
      assert.ok(Object.isFrozen(listed) && Object.isFrozen(listed.tags))
      assert.equal(await presence.enter(session, 'x', 'x'.repeat(1_022)), true)
    },
  },
  {
    id: 'ES-11.4',
    title: 'a session that may not join a room is not present in it',
    async check(stage) {
      const stand = await alone(stage, defineSession({ authorizeJoin: (_session, room) => room !== 'staff' }))
      const { session } = await open(stand)
      const { presence } = stand.sessions
      assert.equal(await presence.enter(session, 'staff'), false)
      assert.deepEqual(ids(stand, 'staff'), [])
      assert.equal(await presence.enter(session, 'x'), true)
    },
  },
  {
    id: 'ES-11.5',
    title: 'watch tells of each change once, in order, whatever a listener throws',
    async check(stage) {
      const stand = await alone(stage)
      const { presence } = stand.sessions
      const events: string[] = []
      const note = ({ room, kind, member }: PresenceEvent) => events.push(`${room} ${kind} ${member.info}`)
      presence.watch(() => {
        throw new Error('a listener fails')
      })
      const unwatch = presence.watch(note)
      const [one, other] = [await open(stand), await open(stand)]
      await presence.enter(one.session, 'x', 1)
      await presence.enter(other.session, 'x', 2)
      await presence.enter(one.session, 'x', 1)
      await presence.enter(one.session, 'x', 3)
      presence.leave(other.session, 'x')
      presence.leave(other.session, 'x')
      one.session.leave('x')
      unwatch()
      await presence.enter(one.session, 'x', 4)
      assert.deepEqual(events, ['x join 1', 'x join 2', 'x update 3', 'x leave 2', 'x leave 3'])
      assert.ok(stand.observed.errors.length > 0, 'the failure is told')
    },
  },
  {
    id: 'ES-11.6',
    title: 'every process with a session in the room lists the same members in the same order',
    async check(stage) {
      const { processes, a, c } = await startThree(stage)
      const second = await enter(a.stand, 'x', 'second')
      await enter(c.stand, 'y', 'elsewhere')
      await stage.advance(EXCHANGE_MS, 100)
      for (const { stand } of processes) {
        assert.deepEqual(sorted(infos(stand)), [0, 1, 2, 'second'])
        assert.deepEqual(ids(stand), ids(a.stand))
        const local = stand.sessions.presence.list('x').filter((member) => member.local)
        assert.equal(local.length, stand === a.stand ? 2 : 1)
      }
      void a.stand.sessions.presence.enter(second, 'x', 'changed')
      await stage.advance(EXCHANGE_MS, 100)
      assert.deepEqual(sorted(infos(c.stand)), [0, 1, 2, 'changed'])
      second.leave('x')
      await stage.advance(EXCHANGE_MS, 100)
      assert.deepEqual(sorted(infos(c.stand)), [0, 1, 2])
    },
  },
  {
    id: 'ES-11.7',
    title:
      'who comes first in a process learns who is there, and enter waits for it; who goes last forgets it',
    async check(stage) {
      const { processes } = await startProcesses(stage, 2)
      const [here, there] = processes as readonly [Process, Process]
      const resident = await enter(there.stand, 'x', 'resident')
      await stage.advance(EXCHANGE_MS, 100)
      assert.deepEqual(infos(here.stand), [])
      const { session } = await open(here.stand)
      let found: readonly JsonValue[] = []
      void here.stand.sessions.presence.enter(session, 'x', 'newcomer').then(() => {
        found = sorted(infos(here.stand))
      })
      await stage.advance(EXCHANGE_MS, 100)
      assert.deepEqual(found, ['newcomer', 'resident'])
      session.leave('x')
      assert.deepEqual(infos(here.stand), [])
      assert.deepEqual(resident.rooms, ['x'])
    },
  },
  {
    id: 'ES-11.8',
    title: 'the members of a process that is silent for presenceTimeoutMs are gone then, and nobody else',
    async check(stage) {
      const { hub, processes, a, c } = await startThree(stage)
      await stage.advance(2 * TIMEOUT_MS)
      assert.deepEqual(sorted(infos(a.stand)), [0, 1, 2])
      hub.down(undefined, c.relay)
      await stage.advance(TIMEOUT_MS / 2)
      assert.deepEqual(sorted(infos(a.stand)), [0, 1, 2])
      await stage.advance(TIMEOUT_MS / 2)
      for (const { stand } of processes.slice(0, 2)) assert.deepEqual(sorted(infos(stand)), [0, 1])
    },
  },
  {
    id: 'ES-11.9',
    title: 'the members of a process that drains are gone for the others at once',
    async check(stage) {
      const { a, c } = await startThree(stage)
      void c.stand.sessions.drain()
      await stage.settle()
      assert.deepEqual(sorted(infos(a.stand)), [0, 1])
    },
  },
  {
    id: 'ES-11.10',
    title:
      'while the relay is down members stay until the timeout, and afterwards they come back by themselves',
    async check(stage) {
      const { hub, a } = await startThree(stage)
      hub.down()
      await stage.advance(TIMEOUT_MS / 2)
      assert.deepEqual(sorted(infos(a.stand)), [0, 1, 2])
      await stage.advance(TIMEOUT_MS)
      assert.deepEqual(infos(a.stand), [0])
      hub.up()
      await stage.advance(EXCHANGE_MS, 100)
      assert.deepEqual(sorted(infos(a.stand)), [0, 1, 2])
    },
  },
]
