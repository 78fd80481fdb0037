import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RelayError } from '../dist/index.js'
import { createManualClock } from '../dist/memory/index.js'
import { RelaySubscriptions } from '../dist/relay-subscriptions.js'
import { type Asked, AskedRelay } from './asked-relay.js'
import { settle } from './open-session.js'
import { createRandom, seeds } from './seeded-random.js'

const TIMEOUT_MS = 5_000
const RETRY_MS = 1_000
const NO = new Error('no')

/** Subscriptions at a relay that answers only what the test answers. */
function stage() {
  const clock = createManualClock()
  const relay = new AskedRelay()
  /** What the owner was told, in order. */
  const told: string[] = []
  const errors: unknown[] = []
  const owner = {
    clock,
    timeoutMs: TIMEOUT_MS,
    changed: (channel: string, subscribed: boolean) =>
      void told.push(`${subscribed ? 'follow' : 'forget'} ${channel}`),
    subscribed: (channel: string) => void told.push(`subscribed ${channel}`),
    subscriptionFailed(error: unknown, again: boolean) {
      errors.push(error)
      told.push(again ? 'failed again' : 'failed')
    },
  }
  return { clock, relay, told, errors, subscriptions: new RelaySubscriptions(owner, relay.open()) }
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = false
  void promise?.then(() => {
    settled = true
  })
  await settle()
  return settled
}

test('a channel is subscribed to once while it is wanted, and given up when it is not', async () => {
  const { relay, told, subscriptions } = stage()
  subscriptions.add('x')
  const first = subscriptions.ready('x')
  subscriptions.add('x')
  const ready = subscriptions.ready('x')
  assert.deepEqual(told, ['follow x'], 'before the relay has answered')
  assert.equal(await isSettled(ready), false)
  relay.last.answer()
  assert.deepEqual([await isSettled(first), await isSettled(ready)], [true, true])
  assert.equal(subscriptions.ready('x'), undefined, 'there is nothing to wait for')
  subscriptions.add('x')
  assert.equal(subscriptions.ready('x'), undefined)
  assert.deepEqual(relay.log, ['subscribe x'])
  subscriptions.remove('x')
  assert.deepEqual(told, ['follow x', 'subscribed x'], 'what still comes is no stranger')
  relay.last.answer()
  await settle()
  assert.deepEqual(relay.log, ['subscribe x', 'unsubscribe x'])
  assert.deepEqual(told, ['follow x', 'subscribed x', 'forget x'])
})

test('what nobody wants is not asked for', async () => {
  const { relay, clock, subscriptions } = stage()
  subscriptions.remove('x')
  subscriptions.retry()
  await settle()
  assert.deepEqual([relay.log, clock.pending, subscriptions.ready('x')], [[], 0, undefined])
})

test('a channel that is wanted no more before it stands is given up as soon as it does', async () => {
  const { relay, told, subscriptions } = stage()
  subscriptions.add('x')
  const ready = subscriptions.ready('x')
  subscriptions.remove('x')
  assert.equal(await isSettled(ready), true, 'nobody waits for what is not wanted')
  assert.deepEqual(relay.log, ['subscribe x'], 'one step at a time')
  relay.last.answer()
  await settle()
  assert.deepEqual(relay.log, ['subscribe x', 'unsubscribe x'])
  relay.last.answer()
  await settle()
  assert.equal(told.at(-1), 'forget x')
})

test('a channel that is wanted again before it stands is not asked for again', async () => {
  const { relay, told, subscriptions } = stage()
  subscriptions.add('x')
  subscriptions.remove('x')
  subscriptions.add('x')
  const ready = subscriptions.ready('x')
  assert.equal(await isSettled(ready), false)
  relay.last.answer()
  assert.equal(await isSettled(ready), true)
  assert.deepEqual(relay.log, ['subscribe x'])
  assert.deepEqual(told, ['follow x', 'subscribed x'])
})

test('a channel that is wanted again while it is given up is ready when it was subscribed to again', async () => {
  const { relay, told, subscriptions } = stage()
  subscriptions.add('x')
  relay.last.answer()
  await settle()
  subscriptions.remove('x')
  subscriptions.add('x')
  const ready = subscriptions.ready('x')
  assert.equal(await isSettled(ready), false)
  relay.last.answer()
  assert.equal(await isSettled(ready), false)
  assert.deepEqual(relay.log, ['subscribe x', 'unsubscribe x', 'subscribe x'])
  relay.last.answer()
  assert.equal(await isSettled(ready), true)
  assert.deepEqual(told.slice(2), ['forget x', 'follow x', 'subscribed x'])
})

test('channels do not wait for each other', async () => {
  const { relay, subscriptions } = stage()
  for (const channel of ['x', 'y', '__proto__']) subscriptions.add(channel)
  assert.deepEqual(relay.log, ['subscribe x', 'subscribe y', 'subscribe __proto__'])
  const [x, y] = [subscriptions.ready('x'), subscriptions.ready('y')]
  relay.asked[1]?.answer()
  assert.deepEqual([await isSettled(x), await isSettled(y)], [false, true])
})

test('a subscription that is refused is tried again a second later until it stands, and told of once', async () => {
  const { clock, relay, told, errors, subscriptions } = stage()
  subscriptions.add('x')
  const ready = subscriptions.ready('x')
  relay.last.refuse(NO)
  assert.equal(await isSettled(ready), true, 'whoever joins does not wait for a relay that fails')
  for (let n = 1; n <= 3; n++) {
    clock.advance(RETRY_MS - 1)
    assert.equal(relay.asked.length, n)
    clock.advance(1)
    assert.equal(relay.asked.length, n + 1)
    if (n < 3) relay.last.refuse(NO)
    await settle()
  }
  assert.deepEqual(
    told.filter((text) => text.startsWith('failed')),
    ['failed', 'failed again', 'failed again'],
  )
  assert.deepEqual(errors, [NO, NO, NO])
  relay.last.answer()
  await settle()
  clock.advance(10 * RETRY_MS)
  await settle()
  assert.equal(relay.asked.length, 4)
  assert.equal(told.at(-1), 'subscribed x')
  assert.equal(clock.pending, 0)
})

test('a failure after one that was overcome is told of as the first', async () => {
  const { clock, relay, told, subscriptions } = stage()
  subscriptions.add('x')
  relay.last.refuse(NO)
  await settle()
  clock.advance(RETRY_MS)
  relay.last.answer()
  await settle()
  subscriptions.remove('x')
  relay.last.refuse(NO)
  await settle()
  assert.deepEqual(
    told.filter((text) => text.startsWith('failed')),
    ['failed', 'failed'],
  )
})

test('a relay that never answers has failed at the deadline', async () => {
  const { clock, relay, errors, subscriptions } = stage()
  subscriptions.add('x')
  const ready = subscriptions.ready('x')
  clock.advance(TIMEOUT_MS - 1)
  assert.equal(await isSettled(ready), false)
  clock.advance(1)
  assert.equal(await isSettled(ready), true)
  const [error] = errors
  assert.ok(error instanceof RelayError && error.stage === 'subscribe')
  assert.match(error.message, /within 5000 ms \(relayTimeoutMs\)/)
  clock.advance(RETRY_MS)
  assert.deepEqual(relay.log, ['subscribe x', 'subscribe x'])
})

test('when the engine is reached again, what has failed is tried at once, and nothing else', async () => {
  const { clock, relay, subscriptions } = stage()
  for (const channel of ['stands', 'under way', 'failed']) subscriptions.add(channel)
  relay.asked[0]?.answer()
  relay.asked[2]?.refuse(NO)
  await settle()
  subscriptions.retry()
  assert.deepEqual(relay.log.slice(3), ['subscribe failed'])
  relay.asked[1]?.answer()
  relay.last.answer()
  await settle()
  clock.advance(10 * RETRY_MS)
  await settle()
  assert.equal(relay.asked.length, 4, 'the second try is not made, too')
})

test('a subscription that has failed is given up, too, and not tried again', async () => {
  const { clock, relay, told, subscriptions } = stage()
  subscriptions.add('x')
  relay.last.refuse(NO)
  await settle()
  subscriptions.remove('x')
  assert.deepEqual(relay.log, ['subscribe x', 'unsubscribe x'], 'nobody knows what the relay has')
  relay.last.answer()
  await settle()
  clock.advance(10 * RETRY_MS)
  await settle()
  assert.equal(relay.asked.length, 2)
  assert.equal(told.at(-1), 'forget x')
  assert.equal(clock.pending, 0)
})

test('what could not be given up is let go, and can be wanted again', async () => {
  const { relay, told, subscriptions } = stage()
  subscriptions.add('x')
  relay.last.answer()
  await settle()
  subscriptions.remove('x')
  relay.last.refuse(NO)
  await settle()
  assert.deepEqual(told.slice(-2), ['failed', 'forget x'])
  subscriptions.add('x')
  assert.equal(relay.log.at(-1), 'subscribe x')
  relay.last.refuse(NO)
  await settle()
  assert.equal(told.at(-1), 'failed', 'nothing is remembered of it')
})

test('when they are closed nobody waits, and nothing is asked or told any more', async () => {
  const { clock, relay, told, subscriptions } = stage()
  for (const channel of ['given up', 'under way', 'refused', 'failed']) subscriptions.add(channel)
  const ready = subscriptions.ready('under way')
  relay.asked[0]?.answer()
  relay.asked[3]?.refuse(NO)
  await settle()
  subscriptions.remove('given up')
  const { length } = told
  subscriptions.close()
  assert.equal(await isSettled(ready), true)
  relay.asked[1]?.answer()
  relay.asked[2]?.refuse(NO)
  relay.last.answer()
  subscriptions.add('x')
  assert.equal(subscriptions.ready('x'), undefined)
  subscriptions.remove('under way')
  subscriptions.retry()
  await settle()
  assert.equal(clock.pending, 0)
  assert.equal(relay.asked.length, 5)
  assert.equal(told.length, length)
})

for (const seed of seeds(20)) {
  test(`however channels come and go, and whatever fails, what is wanted stands in the end (seed ${seed})`, async () => {
    const random = createRandom(seed)
    const { clock, relay, told, subscriptions } = stage()
    const channels = ['x', 'y', 'z']
    const wanted = new Set<string>()
    const has = new Set<string>()
    const answered = new Set<Asked>()
    const open = () => relay.asked.filter((asked) => !answered.has(asked))
    const answer = (asked: Asked, fails: boolean) => {
      answered.add(asked)
      // A relay that says no may have done it all the same.
      if (!fails || random.chance(0.5)) {
        if (asked.what === 'subscribe') has.add(asked.channel)
        else has.delete(asked.channel)
      }
      if (fails) asked.refuse(NO)
      else asked.answer()
    }
    for (let step = 0; step < 500; step++) {
      const channel = random.pick(channels)
      if (random.chance(0.5)) {
        subscriptions.add(channel)
        wanted.add(channel)
      } else {
        subscriptions.remove(channel)
        wanted.delete(channel)
      }
      for (const each of channels) {
        const asked = open().filter((one) => one.channel === each)
        assert.ok(asked.length <= 1, 'one step at a time')
      }
      const [asked] = open()
      if (asked !== undefined && random.chance(0.6)) answer(asked, random.chance(0.3))
      if (random.chance(0.1)) subscriptions.retry()
      if (random.chance(0.2)) clock.advance(RETRY_MS / 2)
      await settle()
    }
    for (let round = 0; round < 10; round++) {
      for (const asked of open()) answer(asked, false)
      await settle()
      clock.advance(RETRY_MS)
      await settle()
    }
    assert.equal(open().length, 0)
    for (const channel of channels) {
      if (wanted.has(channel)) assert.ok(has.has(channel), `${channel} is wanted`)
      const last = told.findLast((text) => text === `follow ${channel}` || text === `forget ${channel}`)
      assert.equal(last, `${wanted.has(channel) ? 'follow' : 'forget'} ${channel}`)
      assert.equal(await isSettled(subscriptions.ready(channel) ?? Promise.resolve()), true)
    }
    assert.equal(clock.pending, 0)
  })
}
