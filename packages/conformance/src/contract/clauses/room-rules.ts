import assert from 'node:assert/strict'
import { defineSession, type EchoSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import { crowd, texts } from './rooms.js'

/** Who may join, how rooms are called, and what happens while a message is sent. */
export const ROOM_RULES: readonly Clause[] = [
  {
    id: 'ES-10.10',
    title: 'with authorizeJoin only true, at once or promised, lets a session in',
    async check(stage) {
      const verdicts: Record<string, unknown> = {
        yes: true,
        no: false,
        truthy: 'yes',
        nothing: undefined,
        later: Promise.resolve(true),
        never: Promise.resolve(1),
      }
      const definition = defineSession({ authorizeJoin: (_session, room) => verdicts[room] as boolean })
      const { members, stand } = await crowd(stage, 1, definition)
      const [session] = members as [EchoSession]
      const joined: string[] = []
      for (const room of Object.keys(verdicts)) if (await session.join(room)) joined.push(room)
      assert.deepEqual(joined, ['yes', 'later'])
      assert.deepEqual(session.rooms, joined)
      assert.deepEqual(stand.sessions.rooms, joined)
    },
  },
  {
    id: 'ES-10.11',
    title: 'a throw in authorizeJoin, at once or promised, lets nobody in and ends that session with 1011',
    async check(stage) {
      const definition = defineSession({
        authorizeJoin(_session, room) {
          if (room === 'now') throw new Error('no')
          return Promise.reject(new Error('later'))
        },
      })
      const { members, clients, stand } = await crowd(stage, 3, definition)
      const [a, b, c] = members as [EchoSession, EchoSession, EchoSession]
      assert.equal(await a.join('now'), false)
      assert.equal(await b.join('later'), false)
      for (const client of clients.slice(0, 2)) {
        assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1011)
      }
      assert.equal(c.state, 'open')
      const phases = stand.observed.errors.map(({ phase }) => phase)
      assert.deepEqual(phases, ['authorizeJoin', 'authorizeJoin'])
      assert.deepEqual(stand.sessions.rooms, [])
    },
  },
  {
    id: 'ES-10.12',
    title: 'a session that leaves a room, or ends, while its join is decided does not come in',
    async check(stage) {
      const decide: ((verdict: boolean) => void)[] = []
      const definition = defineSession({
        authorizeJoin: () => new Promise<boolean>((resolve) => decide.push(resolve)),
      })
      const { members, stand } = await crowd(stage, 2, definition)
      const [a, b] = members as [EchoSession, EchoSession]
      const joins = [a.join('x'), b.join('x')]
      assert.equal(decide.length, 2)
      a.leave('x')
      b.terminate()
      for (const resolve of decide) resolve(true)
      assert.deepEqual(await Promise.all(joins), [false, false])
      assert.deepEqual([a.rooms, stand.sessions.rooms], [[], []])
    },
  },
  {
    id: 'ES-10.13',
    title: 'what cannot be the name of a room, no room at all and too many are ES_ERR_ROOM',
    async check(stage) {
      const { members, stand } = await crowd(stage, 1)
      const [session] = members as [EchoSession]
      const { sessions } = stand
      const wrong: unknown[] = ['', 'x'.repeat(129), '\ud800', 7, null, undefined, ['x']]
      for (const name of wrong as string[]) {
        for (const call of [() => session.join(name), () => session.to(name), () => sessions.to('x', name)]) {
          assert.throws(call, { code: 'ES_ERR_ROOM' }, String(name))
        }
      }
      assert.throws(() => sessions.to(), { code: 'ES_ERR_ROOM' })
      const many = Array.from({ length: 65 }, (_, at) => `${at}`)
      assert.throws(() => sessions.to(...many), { code: 'ES_ERR_ROOM' })
      assert.equal(sessions.to(...many.slice(1)).size, 0)
      for (const name of ['x'.repeat(128), '__proto__', ' ', '房间']) {
        assert.equal(await session.join(name), true)
      }
      assert.equal(session.state, 'open')
    },
  },
  {
    id: 'ES-10.14',
    title: 'more rooms than maxRoomsPerSession, those being decided included, are ES_ERR_ROOM_LIMIT',
    async check(stage) {
      const definition = defineSession({
        authorizeJoin: (_session, room) => (room === 'slow' ? new Promise<boolean>(() => {}) : true),
      })
      const stand = await stage.mount(definition, { maxRoomsPerSession: 3 })
      await stand.connect()
      const { session } = stand
      session.join('slow')
      assert.equal(await session.join('1'), true)
      assert.equal(await session.join('2'), true)
      assert.throws(() => session.join('3'), { code: 'ES_ERR_ROOM_LIMIT' })
      assert.equal(await session.join('2'), true)
      session.leave('slow')
      assert.equal(await session.join('3'), true)
      assert.deepEqual(session.rooms, ['1', '2', '3'])
    },
  },
  {
    id: 'ES-10.15',
    title: 'who joins or leaves while a message is sent changes nothing about who gets it',
    async check(stage) {
      const all = await crowd(stage, 3)
      const [a, b, c] = all.members as [EchoSession, EchoSession, EchoSession]
      for (const session of [a, b]) session.join('x')
      const moving = all.stand.sessions.to('x').where((session) => {
        if (session === a) {
          b.leave('x')
          c.join('x')
        }
        return true
      })
      assert.equal(moving.send('1'), 2)
      assert.equal(all.stand.sessions.to('x').send('2'), 2)
      assert.deepEqual(await texts(all), [['1', '2'], ['1'], ['2']])
    },
  },
  {
    id: 'ES-10.16',
    title: 'members that do not read, or close, keep a message from nobody else',
    async check(stage) {
      const stand = await stage.mount(defineSession({}), {
        maxBufferedBytes: 100_000,
        closeTimeoutMs: 60_000,
      })
      const clients = [await stand.connect(), await stand.connect(), await stand.connect()]
      const [a, b, c] = stand.observed.opened as [EchoSession, EchoSession, EchoSession]
      for (const session of [a, b, c]) session.join('x')
      clients[0]?.pause()
      const chunk = Buffer.alloc(50_000, 1)
      let sent = 0
      for (; a.state === 'open' && sent < 2_000; sent++) {
        stand.sessions.to('x').send(chunk)
        await stand.barrier(clients[2] as (typeof clients)[0])
        if (sent === 0) b.close()
      }
      assert.equal(a.state, 'closing')
      assert.equal(clients[2]?.received.length, sent)
      assert.equal(stand.sessions.to('x').send('on'), 1)
      clients[0]?.resume()
    },
  },
  {
    id: 'ES-10.17',
    title: 'messages to a room and to a session arrive in the order in which they were sent',
    async check(stage) {
      const all = await crowd(stage, 1)
      const [session] = all.members as [EchoSession]
      session.join('x')
      const { sessions } = all.stand
      let at = 0
      for (let round = 0; round < 20; round++) {
        session.send(`${at++}`)
        for (let twice = 0; twice < 2; twice++) sessions.to('x').send(`${at++}`)
        for (let twice = 0; twice < 2; twice++) sessions.broadcast(`${at++}`)
      }
      assert.deepEqual(await texts(all), [Array.from({ length: at }, (_, index) => `${index}`)])
    },
  },
  {
    id: 'ES-10.18',
    title:
      'who comes, leaves or ends between messages gets, and is counted for, those that were sent while it was there',
    async check(stage) {
      const all = await crowd(stage, 5)
      const [a, b, c, d, e] = all.members as [EchoSession, EchoSession, EchoSession, EchoSession, EchoSession]
      for (const session of [b, c, d]) session.join('x')
      for (const message of ['0', '0']) assert.equal(all.stand.sessions.broadcast(message), 5)
      a.close()
      const counts: number[] = []
      const send = (...messages: readonly string[]) => {
        for (const message of messages) counts.push(all.stand.sessions.to('x').send(message))
      }
      send('1', '2')
      b.leave('x')
      send('3', '4')
      e.join('x')
      send('5', '6')
      c.close()
      send('7', '8')
      assert.deepEqual(counts, [3, 3, 2, 2, 3, 3, 2, 2])
      const received = all.clients.map(async (client) => {
        const ends = client === all.clients[0] || client === all.clients[2]
        await (ends ? stage.soon(client.closed, 'the end at the client') : all.stand.barrier(client))
        return client.received.map(({ bytes }) => Buffer.from(bytes).toString()).join('')
      })
      assert.deepEqual(await Promise.all(received), ['00', '0012', '00123456', '0012345678', '005678'])
    },
  },
  {
    id: 'ES-10.19',
    title:
      'a peer that closes right behind a message gets what its handler sends to a room before the close frame',
    async check(stage) {
      const all = await crowd(
        stage,
        2,
        defineSession({
          open: (session) => void session.join('x'),
          message() {
            for (const message of ['1', '2', '3']) all.stand.sessions.to('x').send(message)
          },
        }),
      )
      const [client] = all.clients as [ContractClient]
      client.send('go')
      client.close()
      await stage.soon(client.closed, 'the answer to the close frame')
      const texts: string[] = []
      for (let message = await client.next(); message !== undefined; message = await client.next()) {
        texts.push(Buffer.from(message.bytes).toString())
      }
      assert.deepEqual(texts, ['1', '2', '3'])
    },
  },
]
