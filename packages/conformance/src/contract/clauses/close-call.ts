import assert from 'node:assert/strict'
import { defineSession, type SessionDefinition } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import { createGate } from '../gate.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'

type Ending = (stand: Stand, client: ContractClient) => void

/** Every way in which a session may end, one of them after the other or at the same time. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  'the server closes': (stand) => stand.session.close(),
  'the peer closes': (_stand, client) => client.close(1000),
  'both close': (stand, client) => {
    stand.session.close(4000)
    client.close(4001)
  },
  'the server drops the connection': (stand) => stand.session.terminate(),
  'the server closes and drops it': (stand) => {
    stand.session.close()
    stand.session.terminate()
  },
  'the peer drops it': (_stand, client) => client.terminate(),
  'the peer closes and drops it': (_stand, client) => {
    client.close(1000)
    client.terminate()
  },
  'the handler fails': (_stand, client) => client.send('fail'),
  'the handler fails while the peer closes': (_stand, client) => {
    client.send('fail')
    client.close(1000)
  },
  'the peer sends bad text': (_stand, client) => client.sendText(Uint8Array.of(0xff)),
}

function counting(stage: Stage): SessionDefinition {
  return defineSession({
    open: () => stage.trace.add('open'),
    message(_session, message) {
      stage.trace.add('message')
      if (message.text() === 'fail') throw new Error('on purpose')
    },
    close: () => stage.trace.add('close'),
  })
}

/** When `close` is called. */
export const CLOSE_CALL: readonly Clause[] = [
  {
    id: 'ES-6.13',
    title: 'close is called exactly once for each open, however the session ends, and nothing after it',
    async check(stage) {
      const stand = await stage.mount(counting(stage))
      let sessions = 0
      for (const [what, end] of Object.entries(ENDINGS)) {
        sessions++
        const client = await stand.connect()
        end(stand, client)
        for (let n = 0; n < 3; n++) client.send('late')
        client.ping()
        await stage.until(() => stage.trace.count('close') === sessions, `the call of close after: ${what}`)
        await stage.soon(client.closed, `the end at the client after: ${what}`)
        await stage.settle()
        assert.equal(stage.trace.count('open'), sessions, what)
        assert.equal(stage.trace.count('close'), sessions, what)
        assert.equal(stage.trace.entries.at(-1), 'close', what)
      }
      assert.equal(stand.observed.closed.length, sessions)
      assert.equal(stand.sessions.counters().closed, sessions)
    },
  },
  {
    id: 'ES-6.14',
    title: 'what waits when the server closes is not delivered; what the peer sent before its own close is',
    async check(stage) {
      const after = stage.capabilities.ping ? ['2', 'ping', '3', 'close'] : ['2', '3', 'close']
      for (const [who, expected] of [
        ['server', ['1', 'close']],
        ['peer', ['1', ...after]],
      ] as const) {
        const gate = createGate()
        const got: string[] = []
        const stand = await stage.mount(
          defineSession({
            async message(_session, message) {
              got.push(message.text())
              await gate.opened
            },
            ping: () => void got.push('ping'),
            close: () => void got.push('close'),
          }),
        )
        const client = await stand.connect()
        client.send('1')
        client.send('2')
        client.ping()
        client.send('3')
        await stage.until(() => stand.sessions.counters().messagesIn === 3, 'the arrival of the messages')
        if (who === 'server') stand.session.close()
        else client.close(1000)
        await stage.soon(client.closed, 'the end at the client')
        await stage.until(() => stand.sessions.size === 0, 'the end of the session')
        assert.deepEqual(got, ['1'], 'close waits for the call that is pending')
        gate.open()
        await stage.until(() => got.includes('close'), 'the call of close')
        assert.deepEqual(got, expected, who)
      }
    },
  },
  {
    id: 'ES-6.15',
    title: 'a peer that leaves while open is pending: close is called once, after open has settled',
    async check(stage) {
      for (const drops of [false, true]) {
        const gate = createGate()
        const got: string[] = []
        const stand = await stage.mount(
          defineSession({
            open: () => gate.opened.then(() => void got.push('opened')),
            message: (_session, message) => void got.push(message.text()),
            close: (_session, { code }) => void got.push(`close ${code}`),
          }),
        )
        const client = await stand.connect()
        client.send('early')
        await stage.until(() => stand.sessions.counters().messagesIn === 1, 'the arrival of the message')
        if (drops) client.terminate()
        else client.close(4000)
        await stage.until(() => stand.sessions.size === 0, 'the end of the session')
        await stage.settle()
        assert.deepEqual(got, [])
        gate.open()
        await stage.until(() => got.length === 3, 'the call of close')
        await stage.settle()
        assert.deepEqual(got, ['opened', 'early', drops ? 'close 1006' : 'close 4000'])
      }
    },
  },
  {
    id: 'ES-6.16',
    title: 'what comes from the peer after the server has closed is not delivered',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          message(session, message) {
            stage.trace.add(message.text())
            session.close(4000)
          },
          ping: () => stage.trace.add('ping'),
          pong: () => stage.trace.add('pong'),
          close: () => stage.trace.add('close'),
        }),
      )
      const client = await stand.connect()
      client.send('the last')
      client.send('late')
      client.ping()
      client.pong()
      client.send('later')
      await stage.soon(client.closed, 'the end at the client')
      await stage.until(() => stage.trace.has('close'), 'the call of close')
      await stage.settle()
      assert.deepEqual(stage.trace.entries, ['the last', 'close'])
      assert.equal(stand.sessions.counters().messagesIn, 1)
    },
  },
]
