import assert from 'node:assert/strict'
import { defineSession, type EchoSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import { echo } from '../echo.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'

/** Sessions by the order in which they were opened, each with its client. */
export interface Crowd {
  readonly stand: Stand
  readonly clients: readonly ContractClient[]
  readonly members: readonly EchoSession[]
}

/** Connects several clients to an echo. */
export async function crowd(stage: Stage, count: number, definition = echo): Promise<Crowd> {
  const stand = await stage.mount(definition)
  const clients: ContractClient[] = []
  const members: EchoSession[] = []
  while (clients.length < count) {
    clients.push(await stand.connect())
    members.push(stand.session)
  }
  return { stand, clients, members }
}

/** What each client has received when everything sent so far has arrived. */
export async function texts({ stand, clients }: Crowd): Promise<string[][]> {
  for (const client of clients) await stand.barrier(client)
  return clients.map(({ received }) => received.map(({ bytes }) => Buffer.from(bytes).toString()))
}

/** Who is in which room, and who is reached. */
export const ROOMS: readonly Clause[] = [
  {
    id: 'ES-10.1',
    title: 'join lets a session into a room at once, leave out of it; joining twice is joining once',
    async check(stage) {
      const all = await crowd(stage, 2)
      const [a, b] = all.members as [EchoSession, EchoSession]
      const joined = a.join('x')
      assert.deepEqual(a.rooms, ['x'])
      assert.equal(await joined, true)
      assert.equal(await a.join('x'), true)
      a.join('y')
      b.join('x')
      assert.deepEqual([a.rooms, b.rooms], [['x', 'y'], ['x']])
      all.stand.sessions.to('x').send('1')
      a.leave('x')
      a.leave('nowhere')
      assert.deepEqual(a.rooms, ['y'])
      all.stand.sessions.to('x').send('2')
      assert.deepEqual(await texts(all), [['1'], ['1', '2']])
    },
  },
  {
    id: 'ES-10.2',
    title: 'a message to a room reaches everyone in it, as text or binary as it was given, and nobody else',
    async check(stage) {
      const all = await crowd(stage, 3)
      const [a, b] = all.members as [EchoSession, EchoSession]
      for (const session of [a, b]) session.join('x')
      const { sessions } = all.stand
      sessions.to('x').send('text é')
      sessions.to('x').send(Uint8Array.of(0, 255))
      sessions.to('x').send('')
      for (const client of all.clients) await all.stand.barrier(client)
      for (const client of all.clients.slice(0, 2)) {
        const got = client.received.map(({ type, bytes }) => `${type} ${Buffer.from(bytes).toString('hex')}`)
        assert.deepEqual(got, [`text ${Buffer.from('text é').toString('hex')}`, 'binary 00ff', 'text '])
      }
      assert.equal(all.clients[2]?.received.length, 0)
    },
  },
  {
    id: 'ES-10.3',
    title: 'session.to leaves the session itself out, sessions.to does not',
    async check(stage) {
      const all = await crowd(stage, 2)
      const [a, b] = all.members as [EchoSession, EchoSession]
      for (const session of [a, b]) session.join('x')
      assert.equal(a.to('x').send('from a'), 1)
      assert.equal(all.stand.sessions.to('x').send('to all'), 2)
      assert.deepEqual(await texts(all), [['to all'], ['from a', 'to all']])
    },
  },
  {
    id: 'ES-10.4',
    title: 'whoever is in several of the rooms gets a message once',
    async check(stage) {
      const all = await crowd(stage, 3)
      const [a, b, c] = all.members as [EchoSession, EchoSession, EchoSession]
      for (const room of ['x', 'y']) a.join(room)
      b.join('y')
      c.join('z')
      assert.equal(all.stand.sessions.to('x', 'y', 'x').send('once'), 2)
      assert.deepEqual(await texts(all), [['once'], ['once'], []])
    },
  },
  {
    id: 'ES-10.5',
    title: 'except leaves out sessions, and everyone in a room',
    async check(stage) {
      const all = await crowd(stage, 3)
      const [a, b, c] = all.members as [EchoSession, EchoSession, EchoSession]
      for (const session of [a, b, c]) session.join('x')
      b.join('muted')
      const { sessions } = all.stand
      sessions.to('x').except(a).send('1')
      sessions.to('x').except('muted').send('2')
      sessions.to('x').except(c, 'muted').except('nowhere').send('3')
      assert.deepEqual(await texts(all), [['2', '3'], ['1'], ['1', '2']])
    },
  },
  {
    id: 'ES-10.6',
    title: 'where keeps those of whom the predicate is true; when it throws nothing is sent',
    async check(stage) {
      const all = await crowd(stage, 2)
      const [a, b] = all.members as [EchoSession, EchoSession]
      for (const session of [a, b]) session.join('x')
      const room = all.stand.sessions.to('x')
      room.where((session) => session === b).send('1')
      room.where((session) => (session === a ? 'yes' : false) as boolean).send('2')
      const fails = room.where((session) => {
        if (session === b) throw new Error('the predicate fails')
        return true
      })
      assert.throws(() => fails.send('3'), /the predicate fails/)
      assert.deepEqual(await texts(all), [[], ['1']])
    },
  },
  {
    id: 'ES-10.7',
    title: 'broadcast and everyone reach every session, in whatever rooms',
    async check(stage) {
      const all = await crowd(stage, 3)
      const [a] = all.members as [EchoSession]
      a.join('x')
      assert.equal(all.stand.sessions.broadcast('1'), 3)
      assert.equal(all.stand.sessions.everyone().except('x').send('2'), 2)
      assert.deepEqual(await texts(all), [['1'], ['1', '2'], ['1', '2']])
    },
  },
  {
    id: 'ES-10.8',
    title: 'size and iteration say who would be reached, sessions.rooms which rooms somebody is in',
    async check(stage) {
      const all = await crowd(stage, 3)
      const [a, b] = all.members as [EchoSession, EchoSession]
      const { sessions } = all.stand
      for (const room of ['x', 'y']) a.join(room)
      b.join('x')
      assert.deepEqual([...sessions.rooms].sort(), ['x', 'y'])
      assert.equal(sessions.to('x').size, 2)
      assert.deepEqual([...sessions.to('x').except(a)], [b])
      assert.equal(sessions.everyone().size, 3)
      assert.equal(sessions.to('nowhere').send('to nobody'), 0)
      a.leave('y')
      assert.deepEqual(sessions.rooms, ['x'])
    },
  },
  {
    id: 'ES-10.9',
    title:
      'a session is in no room from its first close on, whoever began it; what it was in can still be read',
    async check(stage) {
      const seen: string[] = []
      const definition = defineSession({ close: (session) => void seen.push(session.rooms.join()) })
      const all = await crowd(stage, 3, definition)
      const [a, b, c] = all.members as [EchoSession, EchoSession, EchoSession]
      const { sessions } = all.stand
      for (const session of [a, b, c]) session.join('x')
      a.close()
      assert.deepEqual([a.rooms, sessions.to('x').size], [['x'], 2])
      b.terminate()
      assert.equal(sessions.to('x').size, 1)
      assert.equal(await b.join('y'), false)
      assert.equal(sessions.rooms.includes('y'), false)
      all.clients[2]?.close(1000)
      await stage.until(() => seen.length === 3, 'the end of all three')
      assert.deepEqual(seen, ['x', 'x', 'x'])
      assert.deepEqual(sessions.rooms, [])
    },
  },
]
