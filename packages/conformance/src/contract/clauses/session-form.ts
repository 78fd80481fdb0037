import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'
import { createGate } from '../gate.js'

/** The read loop, and what a session shows of itself. */
export const SESSION_FORM: readonly Clause[] = [
  {
    id: 'ES-2.10',
    title: 'a read loop gets every message in order, each when it asks for it',
    async check(stage) {
      const gate = createGate()
      const stand = await stage.mount(
        defineSession(async (session) => {
          for await (const message of session) {
            stage.trace.add(message.text())
            if (message.text() === 'one') await gate.opened
            session.send(message)
          }
        }),
      )
      const client = await stand.connect()
      for (const text of ['one', 'two', 'three']) client.send(text)
      await stage.until(() => stand.sessions.counters().messagesIn === 3, 'the arrival of the messages')
      await stage.settle()
      assert.deepEqual(stage.trace.entries, ['one'])
      gate.open()
      for (const text of ['one', 'two', 'three']) assert.equal(await stage.nextText(client), text)
    },
  },
  {
    id: 'ES-2.11',
    title: 'a read loop that returns ends the session with 1000',
    async check(stage) {
      const stand = await stage.mount(
        defineSession(async (session) => {
          for await (const message of session) if (message.text() === 'last') return
        }),
      )
      const client = await stand.connect()
      for (const text of ['first', 'last', 'too late']) client.send(text)
      assert.deepEqual(await stage.soon(client.closed, 'the end of the session'), { code: 1000, reason: '' })
      const atOnce = await stage.mount(defineSession(() => {}))
      const briefly = await atOnce.connect()
      assert.equal((await stage.soon(briefly.closed, 'the end of the session')).code, 1000)
    },
  },
  {
    id: 'ES-2.12',
    title: 'a read loop ends when the session does, whichever side ended it',
    async check(stage) {
      const stand = await stage.mount(
        defineSession(async (session) => {
          for await (const message of session) if (message.text() === 'close') session.close(4000)
          stage.trace.add('done')
        }),
      )
      const ways = ['close', 'peer', 'drop'] as const
      for (const [index, way] of ways.entries()) {
        const client = await stand.connect()
        if (way === 'close') client.send('close')
        else if (way === 'peer') client.close(1000)
        else client.terminate()
        await stage.until(() => stage.trace.count('done') === index + 1, `the end of the loop after ${way}`)
        await stage.until(() => stand.sessions.size === 0, 'the end of the session')
      }
      assert.deepEqual({ ...stand.sessions.counters().closedByCode }, { 1000: 1, 1006: 1, 4000: 1 })
    },
  },
  {
    id: 'ES-2.13',
    title: 'a session whose messages go to a callback cannot be iterated: TypeError ES_ERR_HANDLER',
    async check(stage) {
      const stand = await stage.mount(echo)
      await stand.connect()
      assert.throws(() => stand.session[Symbol.asyncIterator](), {
        name: 'TypeError',
        code: 'ES_ERR_HANDLER',
      })
    },
  },
  {
    id: 'ES-2.14',
    title:
      'session.request is the request as it came: target, path, query, headers, cookies, offers, address',
    async check(stage) {
      const stand = await stage.mount(echo)
      const target = `${stand.path}?room=a%20b&n=1&n=2`
      await stand.connect({
        target,
        subprotocols: ['x', 'y'],
        headers: { 'X-Case': 'Kept', cookie: 'a=1; b="two%20words"; a=3; c=%zz; =none; flag' },
      })
      const { request } = stand.session
      assert.equal(request.method, 'GET')
      assert.equal(request.target, target)
      assert.equal(request.path, stand.path)
      assert.equal(request.query.get('room'), 'a b')
      // Node's own array: under Jest it comes from another realm, whose arrays are equal to none of this one.
      assert.deepEqual([...request.query.getAll('n')], ['1', '2'])
      assert.equal(request.headers['x-case'], 'Kept')
      assert.deepEqual({ ...request.cookies }, { a: '1', b: 'two words', c: '%zz' })
      assert.deepEqual(request.subprotocols, ['x', 'y'])
      assert.match(request.remoteAddress, /^(127\.0\.0\.1|::1)$/)
      assert.equal(request.host, new URL(stand.origin).host)
      assert.equal(request.encrypted, stand.origin.startsWith('https:'))
    },
  },
  {
    id: 'ES-2.15',
    title: 'session.signal is aborted when the connection is gone, and not before',
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connect()
      const { session } = stand
      const { signal } = session
      client.send('one')
      await stage.nextText(client)
      assert.equal(signal.aborted, false)
      client.terminate()
      await stage.until(() => signal.aborted, 'the abort of the signal')
      assert.equal(session.state, 'closed')
      const second = await stand.connect()
      const late = stand.session
      second.terminate()
      await stage.until(() => late.state === 'closed', 'the end of the session')
      assert.equal(late.signal.aborted, true, 'a signal that is first asked for afterwards')
    },
  },
  {
    id: 'ES-2.16',
    title: 'sessions has every open session, each with an id of its own, from its open to its end',
    async check(stage) {
      const stand = await stage.mount(echo)
      assert.deepEqual([...stand.sessions], [])
      const clients = [await stand.connect(), await stand.connect(), await stand.connect()]
      assert.equal(stand.sessions.size, 3)
      assert.deepEqual([...stand.sessions], stand.observed.opened)
      assert.equal(new Set([...stand.sessions].map(({ id }) => id)).size, 3)
      clients[1]?.terminate()
      await stage.until(() => stand.sessions.size === 2, 'the end of one session')
      const [first, , third] = stand.observed.opened
      assert.deepEqual([...stand.sessions], [first, third])
    },
  },
]
