import assert from 'node:assert/strict'
import { RelayError } from '@echosession/core'
import type { RelayClause } from '../relay-clause.js'
import type { RelayStand } from '../relay-stand.js'

const NEVER = () => new Promise<void>(() => {})

/** Two processes with a member of room x each, who have heard of each other. */
async function conversation(stand: RelayStand, options = {}) {
  const [a, b] = await stand.startAll(2, options)
  const [here, there] = [await a.member('x'), await b.member('x')]
  a.sessions.to('x').send('first')
  b.sessions.to('x').send('first')
  await stand.until(() => here.texts.length === 2 && there.texts.length === 2, 'the first messages')
  // What processes tell each other after they have started is over.
  await stand.advance(100)
  const waiting = () => [a, b].some(({ sessions }) => sessions.counters().relayQueuedBytes > 0)
  await stand.until(() => !waiting(), 'everything was taken')
  return { a, b, here, there }
}

function assertRelayError(error: unknown, stage: string, text: RegExp): void {
  assert.ok(error instanceof RelayError && error.code === 'ES_ERR_RELAY', String(error))
  assert.equal(error.stage, stage)
  assert.match(error.message, text)
}

/** What happens when the engine does not do what it should. */
export const TROUBLE: readonly RelayClause[] = [
  {
    id: 'RL-4.1',
    title: 'while the engine is away the sessions of a process reach each other as before',
    needs: ['interrupt'],
    async check(stand) {
      const { a, here, there } = await conversation(stand)
      await stand.interrupt()
      await stand.until(() => a.relay.downs === 1, 'it is noticed')
      const joined = await a.member('x', 'new')
      assert.equal(a.sessions.to('x').send('local'), 2)
      a.sessions.to('new').send('local too')
      await stand.until(() => here.texts.length === 3 && joined.texts.length === 2, 'the messages')
      await stand.restore()
      await stand.until(() => a.relay.ups === 2, 'it is back')
      await stand.until(() => a.relay.standing.has('room:new'), 'the room of meanwhile is subscribed to')
      assert.deepEqual(there.texts, ['first', 'first'])
    },
  },
  {
    id: 'RL-4.2',
    title: 'one trouble is one error to the observer, with the phase relay, and the next is another',
    needs: ['interrupt'],
    async check(stand) {
      const { a, b } = await conversation(stand)
      for (let round = 1; round <= 2; round++) {
        await stand.interrupt()
        await stand.until(() => [a, b].every(({ relay }) => relay.downs === round), 'it is noticed')
        for (let n = 0; n < 5; n++) a.sessions.to('x').send('lost')
        await stand.until(() => a.sessions.counters().relayErrors >= 5 * round, 'the refusals')
        assert.equal(a.observed.relayErrors.length, round)
        await stand.restore()
        await stand.until(() => [a, b].every(({ relay }) => relay.ups === round + 1), 'it is back')
      }
      assertRelayError(a.observed.relayErrors[0], 'connect', /not connected/)
      assert.ok(a.observed.errors.every(({ session }) => session === undefined))
      assert.equal(b.observed.relayErrors.length, 2)
    },
  },
  {
    id: 'RL-4.3',
    title: 'a relay that does not answer within relayTimeoutMs is an error, and what it holds still counts',
    async check(stand) {
      const { a, here } = await conversation(stand, { relayTimeoutMs: 2_000 })
      // What processes tell each other is taken at once: the sessions' time passes faster than a network's.
      a.relay.tap = { answers: (channel) => (channel === 'room:x' ? NEVER() : Promise.resolve()) }
      a.sessions.to('x').send('never taken')
      a.sessions.to('x').send('nor this')
      await stand.advance(1_900)
      assert.deepEqual(a.observed.relayErrors, [])
      await stand.advance(200)
      assert.equal(a.observed.relayErrors.length, 1)
      assertRelayError(a.observed.relayErrors[0], 'publish', /within 2000 ms \(relayTimeoutMs\)/)
      assert.equal(a.sessions.counters().relayErrors, 2)
      assert.ok(a.sessions.counters().relayQueuedBytes > 20)
      await stand.until(() => here.texts.includes('nor this'), 'the messages here')
    },
  },
  {
    id: 'RL-4.4',
    title: 'no more than maxRelayQueuedBytes wait for the relay; what is too much is refused, with one error',
    async check(stand) {
      const { a, here } = await conversation(stand, { maxRelayQueuedBytes: 10_000 })
      a.relay.tap = { answers: NEVER }
      const { length } = a.relay.published
      for (let n = 0; n < 100; n++) a.sessions.to('x').send('x'.repeat(1_000))
      assert.ok(a.sessions.counters().relayQueuedBytes <= 10_000)
      assert.equal(a.relay.published.length - length, 9)
      assert.equal(a.sessions.counters().relayErrors, 91)
      assert.equal(a.observed.relayErrors.length, 1)
      assertRelayError(a.observed.relayErrors[0], 'publish', /maxRelayQueuedBytes/)
      await stand.until(() => here.texts.length === 102, 'the messages here')
    },
  },
  {
    id: 'RL-4.5',
    title:
      'a message over maxPayloadBytes stays in this process: one error each, and nothing else is disturbed',
    async check(stand) {
      const { a, b, here, there } = await conversation(stand, { maxBufferedBytes: Number.POSITIVE_INFINITY })
      const huge = new Uint8Array(a.relay.maxPayloadBytes)
      const { length } = a.relay.published
      assert.equal(a.sessions.to('x').send(huge), 1)
      assert.equal(a.sessions.to('x').send(huge), 1)
      assert.equal(a.relay.published.length, length)
      assert.equal(a.observed.relayErrors.length, 2)
      assertRelayError(a.observed.relayErrors[0], 'publish', /too large for the relay/)
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end'), 'the message that follows')
      assert.equal(b.observed.lostIn('x'), 2, 'the others know')
      await stand.until(() => here.received.length === 5, 'the messages here')
    },
  },
  {
    id: 'RL-4.6',
    title: 'a subscription that is refused is one error, and tried again until it stands',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      let refusals = 0
      b.relay.tap = {
        admits(channel) {
          if (channel !== 'room:x' || refusals === 3) return undefined
          refusals++
          return Promise.reject(new Error('no'))
        },
      }
      const there = await b.member('x')
      assert.equal(b.observed.relayErrors.length, 1)
      assertRelayError(b.observed.relayErrors[0], 'subscribe', /tried again: no$/)
      await stand.elapse(() => b.relay.standing.has('room:x'), 'the subscription')
      assert.equal(b.observed.relayErrors.length, 1)
      assert.equal(b.sessions.counters().relayErrors, 3)
      a.sessions.to('x').send('hello')
      await stand.until(() => there.texts.length === 1, 'the message')
    },
  },
  {
    id: 'RL-4.7',
    title: 'a subscription that has failed is given up, too, when nobody is in the room any more',
    async check(stand) {
      const [, b] = await stand.startAll(2)
      b.relay.tap = {
        admits: (channel) => (channel === 'room:x' ? Promise.reject(new Error('no')) : undefined),
      }
      const there = await b.member('x')
      b.relay.tap = {}
      there.session.leave('x')
      await stand.advance(5_000)
      assert.equal(b.relay.asked.filter((channel) => channel === 'room:x').length, 1)
      const { relayDropped } = b.sessions.counters()
      b.relay.inject('room:x', Buffer.from('garbage'))
      assert.equal(b.sessions.counters().relayDropped, relayDropped, 'the room is not followed any more')
      assert.ok(b.relay.givenUp.includes('room:x'))
    },
  },
  {
    id: 'RL-4.8',
    title: 'an engine that is away at the start is one error; sessions work, and the relay when it is there',
    needs: ['interrupt'],
    async check(stand) {
      await stand.engine
      await stand.interrupt()
      const [a, b] = [await stand.start(), await stand.start()]
      await stand.until(() => [a, b].every(({ relay }) => relay.downs === 1), 'it is noticed')
      const [here, there] = [await a.member('x'), await b.member('x')]
      a.sessions.to('x').send('local')
      await stand.until(() => here.texts.length === 1, 'the message here')
      assert.deepEqual([a.observed.relayErrors.length, b.observed.relayErrors.length], [1, 1])
      await stand.restore()
      await stand.elapse(() => b.relay.standing.has('room:x') && a.relay.ups === 1, 'the relay is there')
      a.sessions.to('x').send('to everybody')
      await stand.until(() => there.texts.includes('to everybody'), 'the message there')
    },
  },
  {
    id: 'RL-4.9',
    title:
      'while the engine stands still sessions reach each other here, and messages are taken when it goes on',
    needs: ['freeze'],
    async check(stand) {
      const { a, b, here, there } = await conversation(stand)
      await stand.freeze()
      for (let n = 0; n < 20; n++) a.sessions.to('x').send(`${n}`)
      await stand.until(() => here.texts.length === 22, 'the messages here')
      await stand.thaw()
      const known = () => there.texts.length + b.observed.lostIn('x')
      await stand.elapse(() => known() === 22, 'every message has come or is known to be lost')
      const numbers = there.texts.slice(2).map(Number)
      assert.deepEqual(
        numbers,
        numbers.toSorted((x, y) => x - y),
      )
      assert.equal(new Set(numbers).size, numbers.length)
    },
  },
  {
    id: 'RL-4.10',
    title: 'a relay that does not close, or fails to, is one error and does not hold up the drain',
    async check(stand) {
      const [late, failing] = await stand.startAll(2, { relayTimeoutMs: 2_000 })
      late.relay.tap = { closes: NEVER }
      failing.relay.tap = { closes: () => Promise.reject(new Error('no')) }
      let over = 0
      for (const { sessions } of [late, failing]) {
        void sessions.drain({ timeoutMs: 0 }).finally(() => {
          over++
        })
      }
      await stand.elapse(() => over === 2, 'the end of both drains')
      assert.equal(late.observed.relayErrors.length, 1)
      assertRelayError(late.observed.relayErrors[0], 'close', /within 2000 ms/)
      assert.equal(failing.observed.relayErrors.length, 1)
      assertRelayError(failing.observed.relayErrors[0], 'close', /did not close: no$/)
    },
  },
  {
    id: 'RL-4.11',
    title: 'what a relay reports is an error to the observer with its stage, and never thrown',
    async check(stand) {
      const { a, there } = await conversation(stand)
      a.relay.sink?.failed('publish', new Error('too late'))
      assert.equal(a.observed.relayErrors.length, 1)
      assertRelayError(a.observed.relayErrors[0], 'publish', /too late$/)
      a.sessions.to('x').send('goes on')
      await stand.until(() => there.texts.includes('goes on'), 'the message')
      // The trouble is over when this side knows that it was taken, too.
      await stand.until(() => a.sessions.counters().relayQueuedBytes === 0, 'the message is taken')
      await stand.settle()
      a.relay.sink?.failed('subscribe', undefined)
      await stand.until(() => a.observed.relayErrors.length === 2, 'the next trouble')
    },
  },
]
