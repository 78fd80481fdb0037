import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Place } from '../dist/relay-envelope.js'
import { HeardSequences, SentSequences } from '../dist/relay-sequences.js'
import { createRandom, seeds } from './seeded-random.js'

const MAX_CHANNELS = 100_000
const MAX_PUBLISHERS = 1_024

const at = (sequence: number, generation = 1): Place => ({ generation, sequence })

/** What follows one channel. */
function followed(channel = 'x'): HeardSequences {
  const heard = new HeardSequences()
  heard.follow(channel)
  return heard
}

test('what is sent on a channel is numbered from 1 without a hole, each channel by itself', () => {
  const sent = new SentSequences()
  assert.deepEqual([sent.next('x'), sent.next('x'), sent.next('x')], [at(1), at(2), at(3)])
  assert.deepEqual(
    [sent.next('__proto__'), sent.next('x'), sent.next('__proto__')],
    [at(1, 2), at(4), at(2, 2)],
  )
  assert.deepEqual(sent.marks, [
    { channel: 'x', ...at(4) },
    { channel: '__proto__', ...at(2, 2) },
  ])
})

test('marks are none before anything was sent', () => {
  assert.deepEqual(new SentSequences().marks, [])
})

test('no more channels are remembered than the bound, and the one used longest ago begins a later series', () => {
  const sent = new SentSequences()
  for (let n = 0; n < MAX_CHANNELS; n++) sent.next(`${n}`)
  sent.next('0')
  assert.equal(sent.marks.length, MAX_CHANNELS)
  assert.deepEqual(sent.next('one more'), at(1, MAX_CHANNELS + 1))
  assert.equal(sent.marks.length, MAX_CHANNELS)
  assert.deepEqual(sent.next('0'), at(3), 'used of late')
  assert.deepEqual(sent.next('2'), at(2, 3), 'not the oldest yet')
  assert.deepEqual(sent.next('1'), at(1, MAX_CHANNELS + 2), 'the oldest')
  assert.equal(sent.marks.length, MAX_CHANNELS)
})

test('nothing is missing before what follows on, and a hole is as many as are missing', () => {
  const heard = followed()
  assert.equal(heard.heard('x', 'p', at(1)), 0)
  assert.equal(heard.heard('x', 'p', at(2)), 0)
  assert.equal(heard.heard('x', 'p', at(6)), 3)
  assert.equal(heard.heard('x', 'p', at(7)), 0)
  assert.equal(heard.heard('x', 'p', at(2 ** 48 - 1)), 2 ** 48 - 9)
})

test('counting begins with what is heard first', () => {
  const heard = followed()
  assert.equal(heard.heard('x', 'p', at(1_000)), 0)
  assert.equal(heard.heard('x', 'p', at(1_002)), 1)
})

test('what comes again or too late is told apart, and does not set the count back', () => {
  const heard = followed()
  heard.heard('x', 'p', at(1))
  heard.heard('x', 'p', at(4))
  for (const sequence of [4, 3, 2, 1, 0]) assert.equal(heard.heard('x', 'p', at(sequence)), undefined)
  assert.equal(heard.heard('x', 'p', at(5)), 0)
})

test('publishers and channels are followed each by itself', () => {
  const heard = followed()
  heard.follow('y')
  assert.equal(heard.heard('x', 'p', at(1)), 0)
  assert.equal(heard.heard('x', 'q', at(5)), 0)
  assert.equal(heard.heard('y', 'p', at(9)), 0)
  assert.equal(heard.heard('x', 'p', at(3)), 1)
  assert.equal(heard.heard('x', 'q', at(6)), 0)
  assert.equal(heard.heard('y', 'p', at(12)), 2)
})

test('a new series of a publisher counts from its beginning, and the one before it is over', () => {
  const heard = followed()
  heard.heard('x', 'p', at(50, 1))
  assert.equal(heard.heard('x', 'p', at(1, 2)), 0)
  assert.equal(heard.heard('x', 'p', at(4, 7)), 3)
  assert.equal(heard.heard('x', 'p', at(51, 1)), undefined)
  assert.equal(heard.heard('x', 'p', at(100, 6)), undefined)
  assert.equal(heard.heard('x', 'p', at(5, 7)), 0)
})

test('a publisher that was started again is another: nothing of it is missing', () => {
  const heard = followed()
  heard.heard('x', 'before', at(50))
  assert.equal(heard.heard('x', 'after', at(1)), 0)
  assert.equal(heard.heard('x', 'before', at(52)), 1)
})

test('a mark says how many are missing up to it, and they are not missing again', () => {
  const heard = followed()
  heard.heard('x', 'p', at(2))
  assert.equal(heard.marked('p', { channel: 'x', ...at(2) }), 0)
  assert.equal(heard.marked('p', { channel: 'x', ...at(5) }), 3)
  assert.equal(heard.marked('p', { channel: 'x', ...at(5) }), 0)
  assert.equal(heard.marked('p', { channel: 'x', ...at(1) }), 0)
  assert.equal(heard.heard('x', 'p', at(5)), undefined)
  assert.equal(heard.heard('x', 'p', at(7)), 1)
  assert.equal(heard.marked('p', { channel: 'x', ...at(3, 2) }), 3)
  assert.equal(heard.marked('p', { channel: 'x', ...at(9, 1) }), 0)
})

test('counting may begin with a mark', () => {
  const heard = followed()
  assert.equal(heard.marked('p', { channel: 'x', ...at(5) }), 0)
  assert.equal(heard.heard('x', 'p', at(5)), undefined)
  assert.equal(heard.heard('x', 'p', at(8)), 2)
})

test('a channel is followed once, and forgotten with all that was heard on it', () => {
  const heard = followed()
  assert.deepEqual([heard.follows('x'), heard.follows('y')], [true, false])
  heard.heard('x', 'p', at(1))
  heard.follow('x')
  assert.equal(heard.heard('x', 'p', at(3)), 1)
  heard.forget('x')
  heard.forget('never followed')
  assert.equal(heard.follows('x'), false)
  heard.follow('x')
  assert.equal(heard.heard('x', 'p', at(9)), 0)
})

test('of a channel that is not followed nothing is remembered', () => {
  const heard = new HeardSequences()
  assert.equal(heard.heard('x', 'p', at(1)), 0)
  assert.equal(heard.marked('p', { channel: 'x', ...at(9) }), 0)
  assert.equal(heard.follows('x'), false)
  heard.follow('x')
  assert.equal(heard.heard('x', 'p', at(5)), 0)
})

test('no more publishers are followed than the bound, and the one heard longest ago is forgotten', () => {
  const heard = followed()
  for (let n = 0; n < MAX_PUBLISHERS; n++) heard.heard('x', `${n}`, at(1))
  heard.heard('x', '0', at(2))
  heard.marked('1', { channel: 'x', ...at(2) })
  heard.heard('x', 'one more', at(1))
  assert.equal(heard.heard('x', '0', at(4)), 1, 'heard of late')
  assert.equal(heard.heard('x', '1', at(4)), 1, 'marked of late')
  assert.equal(heard.heard('x', '3', at(4)), 2, 'not the oldest')
  assert.equal(heard.heard('x', '2', at(4)), 0, 'the oldest is as if it were heard for the first time')
})

for (const seed of seeds(20)) {
  test(`whatever a channel loses, doubles and delays, each is delivered, or lost, once (seed ${seed})`, () => {
    const random = createRandom(seed)
    const [sent, heard] = [new SentSequences(), followed()]
    const underWay: Place[] = [sent.next('x')]
    const last = () => sent.marks.at(-1) ?? assert.fail('nothing was sent')
    let [delivered, lost, highest] = [0, 0, 0]
    const take = (place: Place) => {
      const missing = heard.heard('x', 'p', place)
      if (missing === undefined) {
        assert.ok(place.sequence <= highest)
        return
      }
      assert.ok(place.sequence > highest)
      highest = place.sequence
      delivered++
      lost += missing
      assert.equal(delivered + lost, highest)
    }
    take(at(1))
    for (let step = 0; step < 2_000; step++) {
      if (random.chance(0.6)) underWay.push(sent.next('x'))
      if (random.chance(0.1)) underWay.splice(random.below(underWay.length), 1)
      if (random.chance(0.1) && underWay.length > 0) underWay.push(random.pick(underWay))
      const index = random.chance(0.8) ? 0 : random.below(underWay.length)
      const [place] = underWay.splice(index, 1)
      if (place !== undefined) take(place)
    }
    lost += heard.marked('p', last())
    assert.equal(delivered + lost, last().sequence)
    assert.ok(delivered > 100 && lost > 10, `${delivered} delivered, ${lost} lost`)
  })
}
