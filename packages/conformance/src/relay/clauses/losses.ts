import assert from 'node:assert/strict'
import type { RelayClause } from '../relay-clause.js'
import { acquainted, answerOf, FOR_X, lose, SETTLED_MS } from './acquaintance.js'

/** What is lost, and is told. */
export const LOSSES: readonly RelayClause[] = [
  {
    id: 'RL-3.1',
    title: 'a loss is reported as a gap before what follows: room, publisher, and how many',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      const deliveredBefore: number[] = []
      b.sessions.observe({ onGap: () => void deliveredBefore.push(b.sessions.counters().relayIn) })
      lose(a, 3)
      a.sessions.to('x').send('second')
      await stand.until(() => there.texts.length === 2, 'the message that follows')
      lose(a, 2)
      a.sessions.to('x').send('third')
      await stand.until(() => there.texts.length === 3, 'the message that follows')
      const gaps = b.observed.gaps
      assert.deepEqual(
        gaps.map(({ room, lost }) => ({ room, lost })),
        [
          { room: 'x', lost: 3 },
          { room: 'x', lost: 2 },
        ],
      )
      assert.equal(gaps[0]?.publisher, gaps[1]?.publisher)
      assert.deepEqual(deliveredBefore, [1, 2], 'what had come when it was reported')
      assert.equal(b.sessions.counters().relayLost, 5)
      assert.deepEqual(a.observed.gaps, [])
    },
  },
  {
    id: 'RL-3.2',
    title: 'a loss of what was sent to every session is a gap without a room',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const there = await b.member()
      a.sessions.broadcast('first')
      await stand.until(() => there.texts.length === 1, 'the first message')
      a.relay.tap = { loses: () => true }
      a.sessions.broadcast('lost')
      a.relay.tap = {}
      a.sessions.broadcast('second')
      await stand.until(() => there.texts.length === 2, 'the message that follows')
      assert.deepEqual(
        b.observed.gaps.map(({ room, lost }) => ({ room, lost })),
        [{ room: undefined, lost: 1 }],
      )
    },
  },
  {
    id: 'RL-3.3',
    title: 'what a relay has refused is reported to the others, though nothing follows it',
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      a.relay.tap = {
        answers: (channel) => (FOR_X(channel) ? Promise.reject(new Error('refused')) : undefined),
      }
      for (let n = 0; n < 4; n++) a.sessions.to('x').send('refused')
      await stand.until(() => a.sessions.counters().relayErrors === 4, 'the refusals')
      await stand.elapse(() => b.observed.lostIn('x') === 4, 'the gap')
      assert.deepEqual(there.texts, ['first'])
      assert.equal(b.sessions.counters().relayLost, 4)
    },
  },
  {
    id: 'RL-3.4',
    title: 'what was sent while nobody of a process was in the room is not taken for lost',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const taken = () => a.sessions.counters().relayQueuedBytes === 0
      await stand.advance(SETTLED_MS)
      for (let n = 0; n < 5; n++) a.sessions.to('x').send('before anybody was there')
      await stand.until(taken, 'the messages that nobody gets are taken')
      await stand.advance(100)
      const there = await b.member('x')
      a.sessions.to('x').send('first')
      await stand.until(() => there.texts.length === 1, 'the first message')
      await stand.advance(SETTLED_MS)
      there.session.leave('x')
      await stand.until(() => !b.relay.channels.has('room:x'), 'the end of the subscription')
      for (let n = 0; n < 5; n++) a.sessions.to('x').send('while nobody was there')
      await stand.until(taken, 'and those that come later')
      const answered = answerOf(stand, a, b, 'x')
      await stand.soon(there.session.join('x'), 'membership')
      a.sessions.to('x').send('second')
      await stand.until(() => there.texts.length === 2, 'the second message')
      await answered()

      // What has just been said is still looked at when the room has been left and joined again.
      await stand.advance(950)
      there.session.leave('x')
      await stand.until(() => !b.relay.channels.has('room:x'), 'the end of the subscription')
      for (let n = 0; n < 5; n++) a.sessions.to('x').send('while nobody was there again')
      await stand.until(taken, 'and those that come last')
      await stand.soon(there.session.join('x'), 'membership')
      await stand.advance(50)
      a.sessions.to('x').send('third')
      await stand.until(() => there.texts.includes('third'), 'the third message')
      await stand.advance(SETTLED_MS)
      assert.deepEqual(b.observed.gaps, [])
    },
  },
]
