import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'
import { fill } from './sending.js'

const CHUNK = Buffer.alloc(65_536, 1)

/** Peers that do not read. */
export const SLOW_CONSUMER: readonly Clause[] = [
  {
    id: 'ES-4.8',
    title: 'a message that would pass maxBufferedBytes is not sent, and the session ends with 1013',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({ close: (_session, { code }) => stage.trace.add(`close ${code}`) }),
        { maxBufferedBytes: 200_000, closeTimeoutMs: 60_000 },
      )
      const client = await stand.connect()
      const { session } = stand
      client.pause()
      let sent = 0
      for (; session.state === 'open' && sent < 2_000; sent++) {
        session.send(CHUNK)
        assert.ok(session.bufferedBytes <= 200_000 + 1_000, `${session.bufferedBytes} bytes wait`)
      }
      assert.equal(session.state, 'closing')
      client.resume()
      assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1013)
      assert.equal(client.received.length, sent - 1, 'everything but the last')
      await stage.until(() => stage.trace.has('close 1013'), 'the call of close')
      assert.ok(stand.observed.codes.includes('ES_ERR_SLOW_CONSUMER'))
      assert.equal(stand.sessions.counters().dropped, 0)
    },
  },
  {
    id: 'ES-4.9',
    title:
      'with slowConsumer drop that message is dropped and counted instead, whole, and the session goes on',
    async check(stage) {
      const stand = await stage.mount(defineSession({}), { maxBufferedBytes: 200_000, slowConsumer: 'drop' })
      const client = await stand.connect()
      const { session } = stand
      client.pause()
      let sent = 0
      for (; stand.sessions.counters().dropped === 0 && sent < 2_000; sent++) session.send(CHUNK)
      assert.equal(session.send(CHUNK), false)
      assert.equal(session.state, 'open')
      assert.equal(stand.sessions.counters().dropped, 2)
      assert.deepEqual(stand.observed.drops, [CHUNK.byteLength, CHUNK.byteLength])
      client.resume()
      await stage.until(() => client.received.length === sent - 1, 'everything but the last')
      await stage.soon(session.drained(), 'a peer that has caught up')
      session.send('after')
      await stage.until(() => client.received.length === sent, 'the next message')
      assert.equal(Buffer.from(client.received.at(-1)?.bytes ?? '').toString(), 'after')
      assert.equal(stand.sessions.counters().messagesOut, sent)
    },
  },
  {
    id: 'ES-4.10',
    title: 'one message is taken whatever its size when nothing waits',
    async check(stage) {
      const stand = await stage.mount(defineSession({}), { maxBufferedBytes: 1_000 })
      const client = await stand.connect()
      stand.session.send(Buffer.alloc(5_000))
      const message = await stage.soon(client.next(), 'the message')
      assert.equal(message?.bytes.byteLength, 5_000)
      assert.equal(stand.session.state, 'open')
    },
  },
  {
    id: 'ES-4.11',
    title: 'a session is not read from while more than highWaterBytes wait for its peer',
    needs: ['pause'],
    async check(stage) {
      const stand = await stage.mount(echo, { highWaterBytes: 100_000, maxBufferedBytes: 100_000_000 })
      const client = await stand.connect()
      const { session } = stand
      const other = await stand.connect()
      await stand.barrier(client)
      client.pause()
      const filled = await fill(stage, session, 100_000)
      client.send('question')
      await stand.barrier(other)
      await stand.barrier(other)
      assert.equal(stand.sessions.counters().messagesIn, 0)
      client.resume()
      await stage.until(() => client.received.length === filled + 1, 'the answer, behind everything else')
      assert.equal(Buffer.from(client.received.at(-1)?.bytes ?? '').toString(), 'question')
    },
  },
  {
    id: 'ES-4.12',
    title:
      'with slowConsumer latest a peer that is behind gets the latest message of each key, when it has caught up',
    async check(stage) {
      const stand = await stage.mount(defineSession({}), {
        maxBufferedBytes: 200_000,
        slowConsumer: 'latest',
      })
      const client = await stand.connect()
      const { session } = stand
      const { sessions } = stand
      client.pause()
      let sent = 0
      for (; sessions.counters().dropped === 0 && sent < 2_000; sent++) session.send(CHUNK)
      sent--
      for (const [key, text] of [
        ['a', 'a1'],
        ['b', 'b1'],
        ['a', 'a2'],
        ['c', 'c1'],
      ] as const) {
        assert.equal(session.send(text.padEnd(60_000), { key }), false)
      }
      assert.equal(session.state, 'open')
      assert.equal(sessions.counters().dropped, 2, 'the message without a key, and the first of a')
      sessions.everyone().send('d1'.padEnd(60_000), { key: 'd' })
      assert.equal(
        sessions.counters().dropped,
        3,
        'the oldest gives way when more than maxBufferedBytes are kept',
      )
      assert.deepEqual(stand.observed.drops, [CHUNK.byteLength, 60_000, 60_000])
      client.resume()
      await stage.until(() => client.received.length === sent + 3, 'what was kept')
      const kept = client.received.slice(sent).map(({ bytes }) => Buffer.from(bytes).toString().trim())
      assert.deepEqual(kept, ['a2', 'c1', 'd1'])
      assert.equal(sessions.counters().messagesOut, sent + 3)
    },
  },
]
