import assert from 'node:assert/strict'
import type { RelayClause } from '../relay-clause.js'
import { acquainted, FOR_X, lose } from './acquaintance.js'

/** What comes doubled, made up, too late or astray. */
export const STRAYS: readonly RelayClause[] = [
  {
    id: 'RL-3.5',
    title: 'what comes again, or later than what follows it, is dropped and counted',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      a.sessions.to('x').send('second')
      a.sessions.to('x').send('third')
      await stand.until(() => there.texts.length === 3, 'the messages')
      const forX = b.relay.arrived.filter(({ channel }) => FOR_X(channel))
      for (const { channel, payload } of [...forX, ...forX.toReversed()]) b.relay.inject(channel, payload)
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end'), 'the last message')
      assert.deepEqual(there.texts, ['first', 'second', 'third', 'end'])
      assert.equal(b.sessions.counters().relayDropped, 6)
      assert.deepEqual(b.observed.gaps, [])
    },
  },
  {
    id: 'RL-3.6',
    title: 'garbage is dropped and counted, whatever it is, and disturbs nothing',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      const [whole] = b.relay.arrived.filter(({ channel }) => FOR_X(channel))
      assert.ok(whole !== undefined)
      const garbage = [
        new Uint8Array(0),
        Uint8Array.of(0),
        Buffer.from('hello'),
        Buffer.from('{"type":"message"}'),
        new Uint8Array(100_000).fill(0xff),
        // Cut off anywhere before its message begins.
        ...Array.from({ length: whole.payload.length - 'first'.length }, (_, length) =>
          whole.payload.slice(0, length),
        ),
      ]
      const link = await stand.connect()
      for (const payload of garbage) {
        for (const channel of ['room:x', 'all']) {
          b.relay.inject(channel, payload)
          await stand.soon(link.link.publish(channel, payload), 'an answer')
        }
      }
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end'), 'the last message')
      await stand.until(() => b.sessions.counters().relayDropped >= garbage.length * 4, 'the count')
      assert.deepEqual(there.texts, ['first', 'end'])
      assert.deepEqual([b.observed.gaps, b.observed.relayErrors], [[], []])
    },
  },
  {
    id: 'RL-3.7',
    title: 'an envelope of another version is dropped and counted',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      lose(a, 1)
      const next = a.relay.published.at(-1)?.payload.slice()
      assert.ok(next !== undefined)
      for (const version of [0, 2, 255]) {
        next[1] = version
        b.relay.inject('room:x', next)
      }
      assert.equal(b.sessions.counters().relayDropped, 3)
      next[1] = 1
      b.relay.inject('room:x', next)
      await stand.until(() => there.texts.length === 2, 'the message with its own version')
      assert.equal(b.sessions.counters().relayDropped, 3)
    },
  },
  {
    id: 'RL-3.8',
    title: 'text that is not UTF-8 never reaches a peer',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      lose(a, 1)
      const next = a.relay.published.at(-1)?.payload.slice()
      assert.ok(next !== undefined)
      next[next.length - 1] = 0xff
      b.relay.inject('room:x', next)
      assert.equal(b.sessions.counters().relayDropped, 1)
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end'), 'the last message')
      assert.deepEqual(there.texts, ['first', 'end'])
    },
  },
  {
    id: 'RL-3.9',
    title: 'what comes on a channel that is not subscribed to is ignored',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      const [whole] = b.relay.arrived.filter(({ channel }) => FOR_X(channel))
      assert.ok(whole !== undefined)
      for (const channel of ['room:y', 'x', '', 'room:__proto__']) b.relay.inject(channel, whole.payload)
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end'), 'the last message')
      assert.deepEqual(there.texts, ['first', 'end'])
      assert.equal(b.sessions.counters().relayIn, 2)
    },
  },
]
