import assert from 'node:assert/strict'
import type { RelayClause } from '../relay-clause.js'
import { acquainted, answerOf, lose, SETTLED_MS } from './acquaintance.js'

/** What is lost, and is known only by what a publisher says of itself: nothing followed it, or nothing came before it. */
export const AFTERMATH: readonly RelayClause[] = [
  {
    id: 'RL-3.10',
    title:
      'what is lost while the engine is away is reported when it is back, right to one, though nothing follows',
    needs: ['interrupt'],
    async check(stand) {
      const [a, b, c] = await stand.startAll(3)
      const [here, there] = [await b.member('x', 'y'), await c.member('x')]
      a.sessions.to('x').send('first')
      a.sessions.to('y').send('first')
      await stand.until(() => here.texts.length === 2 && there.texts.length === 1, 'the first messages')
      await stand.interrupt()
      await stand.until(() => [a, b, c].every(({ relay }) => relay.downs === 1), 'everybody notices')
      for (let n = 0; n < 7; n++) a.sessions.to('x').send('lost')
      a.sessions.to('y').send('lost')
      await stand.restore()
      await stand.until(() => [a, b, c].every(({ relay }) => relay.ups === 2), 'everybody is back')
      const told = () => [b.observed.lostIn('x'), b.observed.lostIn('y'), c.observed.lostIn('x')]
      await stand.elapse(() => `${told()}` === '7,1,7', 'the gaps')
      await stand.advance(3_000)
      assert.deepEqual(told(), [7, 1, 7])
      assert.equal(c.observed.lostIn('y'), 0)
      a.sessions.to('x').send('second')
      await stand.until(() => here.texts.length === 3 && there.texts.length === 2, 'the message that follows')
      assert.deepEqual(told(), [7, 1, 7])
    },
  },
  {
    id: 'RL-3.11',
    title: 'a process that was cut off is told how much it has missed, though nothing follows',
    needs: ['cut'],
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      const { ups } = b.relay
      await b.cut()
      let sent = 0
      await stand.until(() => {
        if (b.relay.ups === ups) {
          a.sessions.to('x').send(`${sent}`)
          sent++
        }
        return b.relay.ups > ups
      }, 'the process is back')
      const known = () => there.texts.length - 1 + b.observed.lostIn('x')
      await stand.elapse(() => known() === sent, 'every message has come or is known to be lost')
      await stand.advance(3_000)
      assert.equal(known(), sent)
      assert.equal(new Set(there.texts).size, there.texts.length)
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end'), 'the last message')
      assert.equal(known(), sent + 1)
    },
  },
  {
    id: 'RL-3.12',
    title: 'what is lost before the first message that is heard of a publisher is reported',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      for (let n = 0; n < 5; n++) a.sessions.to('y').send('before anybody was there')
      await stand.advance(SETTLED_MS)
      const there = await b.member('x')
      await stand.advance(SETTLED_MS)

      lose(a, 3)
      a.sessions.to('x').send('first')
      await stand.until(() => there.texts.includes('first'), 'the first message in x')
      await stand.elapse(() => b.observed.lostIn('x') > 0, 'the gap before it')
      await stand.advance(SETTLED_MS)
      assert.equal(b.observed.lostIn('x'), 3)

      const answered = answerOf(stand, a, b, 'y')
      await stand.soon(there.session.join('y'), 'membership of y')
      await answered()
      lose(a, 2, 'y')
      const delivered: number[] = []
      b.sessions.observe({ onGap: () => void delivered.push(there.texts.length) })
      a.sessions.to('y').send('first of many')
      await stand.until(() => there.texts.includes('first of many'), 'the first message in y')
      assert.deepEqual(delivered, [1], 'the gap is reported before what follows it')
      await stand.advance(SETTLED_MS)
      assert.equal(b.observed.lostIn('y'), 2)

      await stand.soon(there.session.join('z'), 'membership of z')
      await stand.advance(SETTLED_MS)
      a.relay.tap = {
        answers: (channel) => (channel === 'room:z' ? Promise.reject(new Error('refused')) : undefined),
      }
      for (let n = 0; n < 4; n++) a.sessions.to('z').send('refused')
      await stand.elapse(() => b.observed.lostIn('z') > 0, 'the gap that nothing follows')
      await stand.advance(SETTLED_MS)
      assert.equal(b.observed.lostIn('z'), 4)
      assert.equal(b.sessions.counters().relayLost, 9)
      assert.deepEqual(a.observed.gaps, [])
    },
  },
  {
    id: 'RL-3.13',
    title: 'what is lost of a process that was started while the engine was away is reported when it is back',
    needs: ['interrupt'],
    async check(stand) {
      const { a, b, there } = await acquainted(stand)
      await stand.interrupt()
      await stand.until(() => a.relay.downs + b.relay.downs === 2, 'both notice')
      const c = await stand.start()
      for (let n = 0; n < 6; n++) c.sessions.to('x').send('lost')
      await stand.until(() => c.sessions.counters().relayErrors >= 6, 'the refusals')
      await stand.restore()
      await stand.until(() => [a, b, c].every(({ relay }) => relay.ups > 0), 'everybody is up')
      await stand.elapse(() => b.observed.lostIn('x') > 0, 'the gap')
      await stand.advance(SETTLED_MS)
      assert.equal(b.observed.lostIn('x'), 6)
      assert.deepEqual(there.texts, ['first'])
    },
  },
]
