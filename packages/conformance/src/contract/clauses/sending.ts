import assert from 'node:assert/strict'
import { defineSession, type EchoSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { Stage } from '../stage.js'

const CHUNK = 'x'.repeat(65_536)

/** A value that `send` has to refuse, disguised as one that it takes. */
function detached(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

/**
 * Sends until the transport takes no more for a peer that does not read. What it only needs a moment to pass on does
 * not count. Each answer of `send` has to say whether the mark is passed.
 */
export async function fill(stage: Stage, session: EchoSession, highWaterBytes: number): Promise<number> {
  for (let sent = 1; sent <= 2_000; sent++) {
    const goesOn = session.send(CHUNK)
    assert.equal(goesOn, session.bufferedBytes <= highWaterBytes, 'send answers whether the mark is passed')
    for (let n = 0; n < 4 && session.bufferedBytes > highWaterBytes; n++) await stage.settle()
    if (session.bufferedBytes > highWaterBytes) return sent
  }
  throw new Error('send never answered false, though the peer does not read')
}

const MARKS = { highWaterBytes: 131_072, maxBufferedBytes: 100_000_000 }

async function filled(stage: Stage, drain: () => void) {
  const stand = await stage.mount(defineSession({ drain }), MARKS)
  const client = await stand.connect()
  client.pause()
  const chunks = await fill(stage, stand.session, MARKS.highWaterBytes)
  return { stand, client, chunks }
}

/** Messages that go out. */
export const SENDING: readonly Clause[] = [
  {
    id: 'ES-3.7',
    title: 'send takes a string, Uint8Array, ArrayBuffer or Message and puts out exactly its bytes',
    async check(stage) {
      const whole = Uint8Array.of(0, 1, 2, 3, 4, 5)
      const stand = await stage.mount(
        defineSession({
          message(session, message) {
            session.send('é')
            session.send(whole)
            session.send(whole.subarray(2, 4))
            session.send(whole.buffer)
            session.send(Buffer.from('buffer'))
            session.send(message)
          },
        }),
      )
      const client = await stand.connect()
      client.send(Uint8Array.of(9))
      await stage.until(() => client.received.length === 6, 'six messages')
      assert.deepEqual(
        client.received.map(({ type, bytes }) => `${type} ${Buffer.from(bytes).toString('hex')}`),
        [
          'text c3a9',
          'binary 000102030405',
          'binary 0203',
          'binary 000102030405',
          'binary 627566666572',
          'binary 09',
        ],
      )
    },
  },
  {
    id: 'ES-3.8',
    title: 'send with anything else is a TypeError ES_ERR_MESSAGE_TYPE before a byte leaves',
    async check(stage) {
      const stand = await stage.mount(defineSession({}))
      const client = await stand.connect()
      const wrong: unknown[] = [
        undefined,
        null,
        5,
        5n,
        true,
        {},
        { length: 3 },
        [1, 2],
        new Date(0),
        Symbol('s'),
        () => 'x',
        new Uint16Array(2),
        new DataView(new ArrayBuffer(2)),
        Promise.resolve('x'),
        detached(),
        detached().buffer,
      ]
      for (const value of wrong) {
        assert.throws(
          () => Reflect.apply(stand.session.send, stand.session, [value]),
          { name: 'TypeError', code: 'ES_ERR_MESSAGE_TYPE' },
          Object.prototype.toString.call(value),
        )
      }
      stand.session.send('after')
      assert.equal(await stage.nextText(client), 'after')
      assert.equal(client.received.length, 1)
      assert.equal(stand.sessions.counters().messagesOut, 1)
    },
  },
  {
    id: 'ES-3.9',
    title: 'send answers true, and false from the moment that more than highWaterBytes wait for the peer',
    async check(stage) {
      const { stand, client, chunks } = await filled(stage, () => {})
      assert.equal(stand.session.send('one more'), false, 'it is taken all the same')
      client.resume()
      await stage.until(() => client.received.length === chunks + 1, 'everything that was sent')
      assert.equal(Buffer.from(client.received.at(-1)?.bytes ?? '').toString(), 'one more')
    },
  },
  {
    id: 'ES-3.10',
    title: 'after false, drain is called once and drained resolves when the peer has caught up',
    async check(stage) {
      const { stand, client } = await filled(stage, () => stage.trace.add('drain'))
      const { session } = stand
      const before = stage.trace.count()
      let isDrained = false
      void session.drained().then(() => {
        isDrained = true
      })
      await stage.settle()
      assert.equal(isDrained, false)
      client.resume()
      await stage.until(() => isDrained && stage.trace.count() > before, 'drain and drained')
      assert.ok(session.bufferedBytes <= MARKS.highWaterBytes)
      assert.equal(session.send('again'), true)
      await stage.soon(session.drained(), 'drained when nothing waits')
      await stand.barrier(client)
      assert.equal(stage.trace.count(), before + 1)
    },
  },
  {
    id: 'ES-3.11',
    title: 'drained resolves, too, when the session ends before the peer has caught up',
    async check(stage) {
      const { stand, client } = await filled(stage, () => stage.trace.add('drain'))
      const before = stage.trace.count()
      const drained = stand.session.drained()
      client.terminate()
      await stage.soon(drained, 'drained after the end of the session')
      await stage.soon(stand.session.drained(), 'drained of a closed session')
      await stage.settle()
      assert.equal(stage.trace.count(), before)
    },
  },
  {
    id: 'ES-3.12',
    title: 'messages go out in the order of send',
    async check(stage) {
      const sent = Array.from({ length: 100 }, (_, n) => (n % 3 === 0 ? `${n}`.padEnd(n * 97, '.') : `${n}`))
      const stand = await stage.mount(
        defineSession({
          open(session) {
            for (const [n, text] of sent.entries()) session.send(n % 2 === 0 ? text : Buffer.from(text))
          },
        }),
      )
      const client = await stand.connect()
      for (const text of sent) assert.equal(await stage.nextText(client), text)
    },
  },
  {
    id: 'ES-3.13',
    title: 'send on a session that is closing or closed answers false, throws nothing and puts nothing out',
    async check(stage) {
      const stand = await stage.mount(
        defineSession({ close: (session) => stage.trace.add(`close ${session.send('late')}`) }),
      )
      const client = await stand.connect()
      const { session } = stand
      session.close(1000)
      assert.equal(session.state, 'closing')
      assert.equal(session.send('closing'), false)
      await stage.soon(client.closed, 'the end of the session')
      await stage.until(() => stage.trace.count() === 1, 'the call of close')
      assert.equal(session.send('closed'), false)
      assert.deepEqual(stage.trace.entries, ['close false'])
      assert.deepEqual([client.received.length, stand.sessions.counters().messagesOut], [0, 0])
    },
  },
]
