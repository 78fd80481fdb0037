import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import { closePayload, encodeFrame, Opcode } from '../../wire/frame.js'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import { echo } from '../echo.js'
import { createGate } from '../gate.js'
import type { Stage } from '../stage.js'

const MASK = Buffer.from([1, 2, 3, 4])

function frame(opcode: number, payload: Uint8Array): Buffer {
  return encodeFrame({ opcode, payload, maskingKey: MASK })
}

function sendNumbers(client: ContractClient, count: number, size = 0): string[] {
  const sent = Array.from({ length: count }, (_, n) => `${n}`.padEnd(size, '.'))
  for (const text of sent) client.send(text)
  return sent
}

/** As many messages as no kernel takes in on the way; without a network a few are as good. */
function flood(stage: Stage): number {
  return stage.capabilities.network ? 400 : 40
}

/** What a session's handler is called for, when, and in what order. */
export const SESSION_ORDER: readonly Clause[] = [
  {
    id: 'ES-2.1',
    title: 'open is called once, first, in state opening; afterwards the state is open',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          open: (session) => stage.trace.add(`open ${session.state}`),
          message: (session) => stage.trace.add(`message ${session.state}`),
          close: (session) => stage.trace.add(`close ${session.state}`),
        }),
      )
      const client = await stand.connect()
      client.send('one')
      client.close(1000)
      await stage.until(() => stage.trace.has('close closed'), 'the call of close')
      assert.deepEqual(stage.trace.entries, ['open opening', 'message open', 'close closed'])
    },
  },
  {
    id: 'ES-2.2',
    title: 'no message is delivered before open has settled; what comes early waits and none is lost',
    async check(stage) {
      const gate = createGate()
      const stand = await stage.mount(
        defineSession({
          open: () => gate.opened.then(() => stage.trace.add('open')),
          message: (_session, message) => stage.trace.add(message.text()),
        }),
      )
      const client = await stand.connect()
      const sent = sendNumbers(client, 5)
      await stage.until(() => stand.sessions.counters().messagesIn === 5, 'the arrival of the messages')
      await stage.settle()
      assert.equal(stage.trace.count(), 0)
      assert.equal(stand.session.state, 'opening')
      gate.open()
      await stage.until(() => stage.trace.count() === 6, 'the delivery of the messages')
      assert.deepEqual(stage.trace.entries, ['open', ...sent])
    },
  },
  {
    id: 'ES-2.3',
    title: 'frames that come in one segment with the handshake are delivered',
    needs: ['network'],
    async check(stage) {
      const stand = await stage.mount(echo)
      const early = [frame(Opcode.text, Buffer.from('one')), frame(Opcode.text, Buffer.from('two'))]
      const client = await stand.connect({ early: Buffer.concat(early) })
      client.send('three')
      for (const text of ['one', 'two', 'three']) assert.equal(await stage.nextText(client), text)
    },
  },
  {
    id: 'ES-2.4',
    title: 'a close frame that comes in one segment with the handshake opens and closes the session',
    needs: ['network'],
    async check(stage) {
      const stand = await stage.mount(
        defineSession({
          open: () => stage.trace.add('open'),
          close: (_session, { code }) => stage.trace.add(`close ${code}`),
        }),
      )
      await stand.connect({ early: frame(Opcode.close, closePayload(4000)) })
      await stage.until(() => stage.trace.has('close 4000'), 'the call of close')
      assert.deepEqual(stage.trace.entries, ['open', 'close 4000'])
      assert.equal(stand.sessions.size, 0)
    },
  },
  {
    id: 'ES-2.5',
    title: 'one handler call runs at a time, in the order in which the messages came',
    async check(stage) {
      const gates = Array.from({ length: 4 }, () => createGate())
      const stand = await stage.mount(
        defineSession({
          async message(_session, message) {
            const text = message.text()
            stage.trace.add(`begin ${text}`)
            await gates[Number(text)]?.opened
            stage.trace.add(`end ${text}`)
          },
        }),
      )
      const client = await stand.connect()
      sendNumbers(client, 4)
      await stage.until(() => stand.sessions.counters().messagesIn === 4, 'the arrival of the messages')
      // The later ones would be ready first.
      for (const gate of [...gates].reverse()) gate.open()
      await stage.until(() => stage.trace.has('end 3'), 'the end of the last call')
      const expected = ['0', '1', '2', '3'].flatMap((n) => [`begin ${n}`, `end ${n}`])
      assert.deepEqual(stage.trace.entries, expected)
    },
  },
  {
    id: 'ES-2.6',
    title:
      'while a handler is slow reading stops at maxQueuedMessages or maxQueuedBytes, and nothing is lost',
    needs: ['pause'],
    async check(stage) {
      const size = 16_384
      for (const limit of [{ maxQueuedMessages: 8 }, { maxQueuedBytes: 8 * size }]) {
        const gate = createGate()
        const got: string[] = []
        const stand = await stage.mount(
          defineSession({
            async message(_session, message) {
              await gate.opened
              got.push(message.text())
            },
          }),
          limit,
        )
        const client = await stand.connect()
        const other = await stand.connect()
        const sent = sendNumbers(client, flood(stage), size)
        await stage.until(() => stand.sessions.counters().messagesIn >= 9, 'the first messages')
        await stand.barrier(other)
        await stand.barrier(other)
        const { messagesIn } = stand.sessions.counters()
        const most = stage.capabilities.network ? 200 : 9
        assert.ok(messagesIn <= most, `${messagesIn} messages were read with ${JSON.stringify(limit)}`)
        gate.open()
        await stage.until(() => got.length === sent.length, 'the delivery of everything')
        assert.deepEqual(got, sent)
      }
    },
  },
  {
    id: 'ES-2.7',
    title: 'while open is pending reading stops at the same marks',
    needs: ['pause'],
    async check(stage) {
      const gate = createGate()
      const got: string[] = []
      const stand = await stage.mount(
        defineSession({
          open: (session) => (session.request.query.has('slow') ? gate.opened : undefined),
          message: (_session, message) => void got.push(message.text()),
        }),
        { maxQueuedMessages: 8 },
      )
      const client = await stand.connect({ target: `${stand.path}?slow` })
      const other = await stand.connect()
      const sent = sendNumbers(client, flood(stage), 16_384)
      await stage.until(() => stand.sessions.counters().messagesIn >= 8, 'the first messages')
      await stand.barrier(other)
      await stand.barrier(other)
      assert.ok(stand.sessions.counters().messagesIn <= (stage.capabilities.network ? 200 : 8))
      gate.open()
      await stage.until(() => got.length === sent.length, 'the delivery of everything')
      assert.deepEqual(got, sent)
    },
  },
  {
    id: 'ES-2.8',
    title: 'while a handler call is pending pings are answered and the session can be closed and sent to',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({ message: () => new Promise(() => {}), close: () => stage.trace.add('close') }),
      )
      const client = await stand.connect()
      client.send('one')
      await stage.until(() => stand.sessions.counters().messagesIn === 1, 'the arrival of the message')
      await stand.barrier(client)
      assert.equal(stand.session.send('from outside'), true)
      assert.equal(await stage.nextText(client), 'from outside')
      stand.session.close(4001, 'enough')
      assert.deepEqual(await stage.soon(client.closed, 'the end of the session'), {
        code: 4001,
        reason: 'enough',
      })
      await stage.until(() => stand.sessions.size === 0, 'the end of the session at the server')
      assert.equal(stage.trace.count(), 0, 'close waits for the call that is pending')
    },
  },
  {
    id: 'ES-2.9',
    title: 'ping and pong are called in turn with the messages, with their payload',
    needs: ['ping'],
    async check(stage) {
      const gate = createGate()
      const stand = await stage.mount(
        defineSession({
          async message(_session, message) {
            await gate.opened
            stage.trace.add(`message ${message.text()}`)
          },
          ping: (_session, payload) => stage.trace.add(`ping ${Buffer.from(payload)}`),
          pong: (_session, payload) => stage.trace.add(`pong ${Buffer.from(payload)}`),
        }),
        { heartbeatIntervalMs: 0 },
      )
      const client = await stand.connect()
      client.send('1')
      client.ping(Buffer.from('2'))
      client.pong(Buffer.from('3'))
      client.send('4')
      await stage.until(() => stand.sessions.counters().messagesIn === 2, 'the arrival of the messages')
      await stage.settle()
      assert.equal(stage.trace.count(), 0)
      gate.open()
      await stage.until(() => stage.trace.has('message 4'), 'the last call')
      assert.deepEqual(stage.trace.entries, ['message 1', 'ping 2', 'pong 3', 'message 4'])
    },
  },
]
