import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../dist/memory/index.js'

test('advance fires what comes due, in the order of time, each at its own time', () => {
  const clock = createManualClock()
  const log: string[] = []
  const note = (name: string) => () => void log.push(`${name}@${clock.now()}`)
  clock.setTimeout(note('c'), 30)
  clock.setTimeout(note('a'), 10)
  clock.setTimeout(note('b'), 10)
  clock.setTimeout(() => void clock.setTimeout(note('nested'), 5), 20)
  clock.advance(29)
  assert.deepEqual(log, ['a@10', 'b@10', 'nested@25'])
  assert.equal(clock.now(), 29)
  assert.equal(clock.pending, 1)
  clock.advance(1)
  assert.equal(log.at(-1), 'c@30')
})

test('jump fires what was due, late, all at the new time, and nothing that was set meanwhile', () => {
  const clock = createManualClock()
  const log: string[] = []
  clock.setTimeout(() => {
    log.push(`a@${clock.now()}`)
    clock.setTimeout(() => void log.push('nested'), 0)
  }, 20)
  clock.setTimeout(() => void log.push(`b@${clock.now()}`), 10)
  clock.jump(100)
  assert.deepEqual(log, ['b@100', 'a@100'])
  clock.advance(0)
  assert.equal(log.at(-1), 'nested')
})

test('a timer that is cleared does not fire, even from another due at the same time', () => {
  const clock = createManualClock()
  let fired = 0
  const victim = { handle: undefined as unknown }
  clock.setTimeout(() => clock.clearTimeout(victim.handle), 10)
  victim.handle = clock.setTimeout(() => fired++, 10)
  clock.jump(10)
  clock.advance(100)
  assert.equal(fired, 0)
  assert.equal(clock.pending, 0)
})
