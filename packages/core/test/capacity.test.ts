import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Capacity } from '../dist/capacity.js'
import { createRandom, seeds } from './seeded-random.js'

const INF = Number.POSITIVE_INFINITY

test('ES-1.21: as many places as the cap says can be taken, and one more when one is given back', () => {
  const capacity = new Capacity(2, INF)
  assert.equal(capacity.take('a'), 'taken')
  assert.equal(capacity.take('a'), 'taken')
  assert.equal(capacity.take('b'), 'full')
  capacity.release('a')
  assert.equal(capacity.take('b'), 'taken')
  assert.equal(capacity.taken, 2)
})

test('ES-1.22: the cap of one key does not touch another; a refusal takes no place', () => {
  const capacity = new Capacity(10, 1)
  assert.equal(capacity.take('a'), 'taken')
  assert.equal(capacity.take('a'), 'key-full')
  assert.equal(capacity.take('__proto__'), 'taken')
  assert.equal(capacity.take('constructor'), 'taken')
  assert.equal(capacity.taken, 3)
  capacity.release('a')
  assert.equal(capacity.take('a'), 'taken')
})

test('keys are counted only where they have a cap', () => {
  assert.equal(new Capacity(10, INF).perKey, false)
  assert.equal(new Capacity(10, 5).perKey, true)
})

for (const seed of seeds(10)) {
  test(`H14: a random history never has more than the caps allow, and ends at nothing (seed ${seed})`, () => {
    const random = createRandom(seed)
    const max = 1 + random.below(20)
    const maxPerKey = 1 + random.below(6)
    const capacity = new Capacity(max, maxPerKey)
    const held: string[] = []
    const heldBy = (key: string) => held.filter((other) => other === key).length
    for (let step = 0; step < 2_000; step++) {
      const key = `k${random.below(6)}`
      if (random.chance(0.55)) {
        const expected = held.length >= max ? 'full' : heldBy(key) >= maxPerKey ? 'key-full' : 'taken'
        assert.equal(capacity.take(key), expected)
        if (expected === 'taken') held.push(key)
      } else if (held.length > 0) capacity.release(held.splice(random.below(held.length), 1)[0] as string)
      assert.equal(capacity.taken, held.length)
      assert.equal(capacity.keys, new Set(held).size)
    }
    for (const key of held.splice(0)) capacity.release(key)
    assert.equal(capacity.taken, 0)
  })
}
