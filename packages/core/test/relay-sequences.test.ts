import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mark, Place } from '../dist/relay-envelope.js'
import { HeardSequences, SentSequences } from '../dist/relay-sequences.js'
import { createRandom, seeds } from './seeded-random.js'

const MAX_CHANNELS = 100_000
const MAX_PUBLISHERS = 1_024

const placeOf = ({ generation, sequence }: Place): Place => ({ generation, sequence })
const at = (sequence: number, generation = 1): Place => ({ generation, sequence })

const marked = (sequence: number, generation = 1, ageMs = 0): Mark => ({
  channel: 'x',
  ...at(sequence, generation),
  ageMs,
})

/** What follows channel x, since a time that stands for one long ago. */
function followed(doubts: (channel: string) => void = () => {}, since = 0): HeardSequences {
  const heard = new HeardSequences(doubts)
  heard.follow('x')
  heard.stands('x', since)
  return heard
}

test('what is sent on a channel is numbered from 1 without a hole, each channel by itself', () => {
  const sent = new SentSequences()
  const next = (channel: string) => placeOf(sent.next(channel, 0))
  assert.deepEqual([next('x'), next('x'), next('x')], [at(1), at(2), at(3)])
  assert.deepEqual([next('__proto__'), next('x'), next('__proto__')], [at(1, 2), at(4), at(2, 2)])
  assert.deepEqual(sent.marks(0), [marked(4), { ...marked(2, 2), channel: '__proto__' }])
})

test('marks are of every channel, or of those that are named and were sent on', () => {
  const sent = new SentSequences()
  assert.deepEqual([sent.marks(0), sent.marks(0, ['x'])], [[], []])
  sent.next('x', 0)
  sent.next('y', 0)
  assert.deepEqual([sent.has('x'), sent.has('z')], [true, false])
  assert.deepEqual(sent.marks(0, ['z', 'x']), [marked(1)])
})

test('a mark tells how long ago its series began, never too short, though clocks differ by a thousandth', () => {
  const sent = new SentSequences()
  sent.next('x', 5_000.5)
  sent.next('x', 7_000)
  const ages = [5_000.5, 5_001, 6_000.5, 5_000.5 + 3_600_000].map((now) => sent.marks(now)[0]?.ageMs)
  assert.deepEqual(ages, [0, 1, 1_001, 3_603_600])
})

test('no more channels are remembered than the bound, and the one used longest ago begins a later series', () => {
  const sent = new SentSequences()
  const next = (channel: string) => placeOf(sent.next(channel, 0))
  for (let n = 0; n < MAX_CHANNELS; n++) next(`${n}`)
  next('0')
  assert.equal(sent.marks(0).length, MAX_CHANNELS)
  assert.deepEqual(next('one more'), at(1, MAX_CHANNELS + 1))
  assert.equal(sent.marks(0).length, MAX_CHANNELS)
  assert.deepEqual(next('0'), at(3), 'used of late')
  assert.deepEqual(next('2'), at(2, 3), 'not the oldest yet')
  assert.deepEqual(next('1'), at(1, MAX_CHANNELS + 2), 'the oldest')
  assert.equal(sent.marks(0).length, MAX_CHANNELS)
})

test('nothing is missing before what follows on, and a hole is as many as are missing', () => {
  const heard = followed()
  assert.equal(heard.heard('x', 'p', at(1)), 0)
  assert.equal(heard.heard('x', 'p', at(2)), 0)
  assert.equal(heard.heard('x', 'p', at(6)), 3)
  assert.equal(heard.heard('x', 'p', at(7)), 0)
  assert.equal(heard.heard('x', 'p', at(2 ** 48 - 1)), 2 ** 48 - 9)
})

test('counting begins with what is heard first, and what was before it is asked for', () => {
  const asked: string[] = []
  const heard = followed((channel) => void asked.push(channel))
  assert.equal(heard.heard('x', 'q', at(1)), 0)
  assert.deepEqual(asked, [])
  assert.equal(heard.heard('x', 'p', at(1_000)), 0)
  assert.deepEqual(asked, ['x'])
  assert.equal(heard.heard('x', 'p', at(1_002)), 1)
  assert.deepEqual(asked, ['x'])
})

test('what was before it is lost if the series began after the channel was followed, and is told once', () => {
  for (const [askedAt, ageMs, lost] of [
    [500, 399, 6],
    [500, 400, 0],
    [500, 0, 6],
    [101, 0, 6],
    [99, 0, 0],
    [500, Number.POSITIVE_INFINITY, 0],
  ] as const) {
    const heard = followed(() => {}, 100)
    heard.heard('x', 'p', at(7))
    heard.heard('x', 'p', at(9))
    assert.equal(heard.answered('p', marked(20, 1, ageMs), askedAt), lost, `${ageMs} ms before ${askedAt}`)
    // What did not prove anything leaves it to a later answer.
    assert.equal(heard.answered('p', marked(20, 1, 0), 500), 6 - lost, 'once more')
  }
})

test('what is in doubt belongs to its series', () => {
  const heard = followed()
  heard.heard('x', 'p', at(7))
  assert.equal(heard.answered('p', marked(20, 2), 500), 0, 'an answer of another series')
  assert.equal(heard.heard('x', 'p', at(3, 2)), 2)
  assert.equal(heard.answered('p', marked(20, 2), 500), 0)
})

test('an answer before anything is heard tells from where on to count', () => {
  const begunBefore = followed(() => assert.fail('nothing is in doubt'), 100)
  assert.equal(begunBefore.answered('p', marked(5, 1, 400), 500), 0)
  assert.equal(begunBefore.heard('x', 'p', at(8)), 2)
  assert.equal(begunBefore.heard('x', 'p', at(8)), undefined)

  const begunAfter = followed(() => assert.fail('nothing is in doubt'), 100)
  assert.equal(begunAfter.answered('p', marked(5, 1, 399), 500), 0)
  assert.equal(begunAfter.heard('x', 'p', at(3)), 2)
  assert.equal(begunAfter.marked('p', marked(5, 1, 399), 1_000), 2)
})

test('a mark from before an answer does not take back what the answer said', () => {
  const series = followed(() => assert.fail('nothing is in doubt'), 100)
  series.answered('p', marked(9, 1, 400), 500)
  assert.equal(series.marked('p', marked(5), 1_000), 0)
  assert.equal(series.heard('x', 'p', at(10)), 0)
  const generations = followed(() => assert.fail('nothing is in doubt'), 100)
  generations.answered('p', marked(3, 2, 400), 500)
  assert.equal(generations.marked('p', marked(7), 1_000), 0)
  assert.equal(generations.heard('x', 'p', at(4, 2)), 0)
})

test('what was still on its way when a publisher answered is delivered, once', () => {
  const heard = followed(() => assert.fail('nothing is in doubt'), 100)
  heard.answered('p', marked(5, 2, 400), 500)
  assert.equal(heard.heard('x', 'p', at(4, 2)), 0)
  assert.equal(heard.heard('x', 'p', at(4, 2)), undefined)
  assert.equal(heard.heard('x', 'p', at(5, 2)), 0)
  const late = followed(() => {}, 100)
  late.answered('p', marked(5, 2, 400), 500)
  assert.equal(late.heard('x', 'p', at(4, 1)), undefined, 'a series that is over')
  assert.equal(late.marked('p', marked(5, 2, 400), 1_000), 0)
  assert.equal(late.heard('x', 'p', at(4, 2)), undefined, 'it should have come by then')
})

test('a publisher that is known by its mark alone is asked, and all of it may be lost', () => {
  const asked: string[] = []
  const heard = followed((channel) => void asked.push(channel), 100)
  assert.equal(heard.marked('p', marked(4), 1_000), 0)
  assert.deepEqual(asked, ['x'])
  assert.equal(heard.answered('p', marked(4, 1, 300), 500), 4)
  assert.equal(heard.marked('p', marked(4), 1_000), 0)
})

test('what a publisher said before the channel was followed again is of no account', () => {
  const heard = followed(() => {}, 100)
  heard.heard('x', 'p', at(10))
  heard.forget('x')
  heard.follow('x')
  heard.stands('x', 300)
  assert.equal(heard.marked('p', marked(10), 200), 0)
  assert.equal(heard.heard('x', 'p', at(13)), 0, '11 and 12 were sent while nobody followed it')
  assert.equal(heard.marked('p', marked(14), 300), 1)
})

test('nothing is asked, or known to be lost, until everything that is sent arrives', () => {
  const heard = new HeardSequences(() => assert.fail('it is asked for when it arrives'))
  heard.follow('x')
  heard.stands('never followed', 1)
  assert.equal(heard.heard('x', 'p', at(5)), 0)
  assert.equal(heard.answered('p', marked(5), 500), 0)
  heard.stands('x', 600)
  assert.equal(heard.answered('p', marked(5, 1, 100), 800), 4)
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
  assert.equal(heard.marked('p', marked(2), 1_000), 0)
  assert.equal(heard.marked('p', marked(5), 1_000), 3)
  assert.equal(heard.marked('p', marked(5), 1_000), 0)
  assert.equal(heard.marked('p', marked(1), 1_000), 0)
  assert.equal(heard.heard('x', 'p', at(5)), undefined)
  assert.equal(heard.heard('x', 'p', at(7)), 1)
  assert.equal(heard.marked('p', marked(3, 2), 1_000), 3)
  assert.equal(heard.marked('p', marked(9, 1), 1_000), 0)
})

test('counting may begin with a mark', () => {
  const heard = followed()
  assert.equal(heard.marked('p', marked(5), 1_000), 0)
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
  const heard = new HeardSequences(() => assert.fail('nobody follows it'))
  assert.equal(heard.heard('x', 'p', at(1)), 0)
  assert.equal(heard.marked('p', marked(9), 1_000), 0)
  assert.equal(heard.follows('x'), false)
  heard.follow('x')
  assert.equal(heard.heard('x', 'p', at(5)), 0)
})

test('no more publishers are followed than the bound, and the one heard longest ago is forgotten', () => {
  const heard = followed()
  for (let n = 0; n < MAX_PUBLISHERS; n++) heard.heard('x', `${n}`, at(1))
  heard.heard('x', '0', at(2))
  heard.marked('1', marked(2), 1_000)
  heard.heard('x', 'one more', at(1))
  assert.equal(heard.heard('x', '0', at(4)), 1, 'heard of late')
  assert.equal(heard.heard('x', '1', at(4)), 1, 'marked of late')
  assert.equal(heard.heard('x', '3', at(4)), 2, 'not the oldest')
  assert.equal(heard.heard('x', '2', at(4)), 0, 'the oldest is as if it were heard for the first time')
  assert.equal(heard.answered('2', marked(4), 1_000), 0, 'and what it sent before is not taken for lost')
})

for (const seed of seeds(20)) {
  test(`whatever a channel loses, doubles and delays, each is delivered, or lost, once (seed ${seed})`, () => {
    const random = createRandom(seed)
    const [sent, heard] = [new SentSequences(), followed()]
    const underWay: Place[] = [sent.next('x', 0)]
    const last = () => sent.marks(0).at(-1) ?? assert.fail('nothing was sent')
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
      if (random.chance(0.6)) underWay.push(sent.next('x', 0))
      if (random.chance(0.1)) underWay.splice(random.below(underWay.length), 1)
      if (random.chance(0.1) && underWay.length > 0) underWay.push(random.pick(underWay))
      const index = random.chance(0.8) ? 0 : random.below(underWay.length)
      const [place] = underWay.splice(index, 1)
      if (place !== undefined) take(place)
    }
    lost += heard.marked('p', last(), 1_000)
    assert.equal(delivered + lost, last().sequence)
    assert.ok(delivered > 100 && lost > 10, `${delivered} delivered, ${lost} lost`)
  })
}
