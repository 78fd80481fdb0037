import assert from 'node:assert/strict'
import type { RelayClause } from '../relay-clause.js'
import type { RelayStand } from '../relay-stand.js'
import type { SessionProcess } from '../session-process.js'

const FOR_X = (channel: string) => channel === 'room:x'
/** How long it takes at most until everybody has been asked, and has answered, and nothing can be on its way any more. */
const SETTLED_MS = 2_000

/** Sends so many to a room, which are lost without a word. */
function lose(process: SessionProcess, count: number, room = 'x'): void {
  process.relay.tap = { loses: (channel) => channel === `room:${room}` }
  for (let n = 0; n < count; n++) process.sessions.to(room).send('lost')
  process.relay.tap = {}
}

/** Waits for what one process answers, from here on, when another asks how far it has come. */
function answerOf(stand: RelayStand, from: SessionProcess, to: SessionProcess): () => Promise<void> {
  const { published } = from.relay
  const before = published.length
  const answer = () => published.slice(before).find(({ channel }) => channel === 'all')?.payload
  const hasCome = (payload = answer()) =>
    payload !== undefined && to.relay.arrived.some((arrived) => Buffer.from(arrived.payload).equals(payload))
  return () => stand.elapse(hasCome, 'what a process says of itself')
}

/** Two processes that have heard of each other in room x, and have nothing more to tell; and a member of it in the second. */
async function acquainted(stand: RelayStand) {
  const [a, b] = await stand.startAll(2)
  const answered = answerOf(stand, a, b)
  const there = await b.member('x')
  a.sessions.to('x').send('first')
  await stand.until(() => there.texts.length === 1, 'the first message')
  await answered()
  await stand.advance(SETTLED_MS)
  return { a, b, there }
}

/** What is lost, doubled, made up or too late. */
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
      const answered = answerOf(stand, a, b)
      await stand.soon(there.session.join('x'), 'membership')
      a.sessions.to('x').send('second')
      await stand.until(() => there.texts.length === 2, 'the second message')
      await answered()
      await stand.advance(SETTLED_MS)
      assert.deepEqual(b.observed.gaps, [])
    },
  },
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

      const answered = answerOf(stand, a, b)
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
