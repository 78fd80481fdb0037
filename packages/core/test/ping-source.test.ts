import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../dist/memory/index.js'
import { isAnswerTo, PingSource } from '../dist/ping-source.js'

test('pings that leave together share a payload, later ones have another', () => {
  const clock = createManualClock()
  const source = new PingSource(clock)
  const first = source.next()
  assert.equal(source.next(), first)
  clock.advance(1)
  const second = source.next()
  assert.notDeepEqual(second.payload, first.payload)
  assert.deepEqual([first.sentAt, second.sentAt], [0, 1])
})

test('ES-5.4: only the same bytes answer a ping', () => {
  const ping = new PingSource(createManualClock()).next()
  assert.equal(isAnswerTo(ping, ping.payload.slice()), true)
  assert.equal(isAnswerTo(ping, Uint8Array.of(0, 0, 0, ...ping.payload).subarray(3)), true)
  assert.equal(isAnswerTo(ping, new Uint8Array(0)), false)
  assert.equal(isAnswerTo(ping, new Uint8Array(4)), false)
  assert.equal(isAnswerTo(ping, Uint8Array.of(...ping.payload, 0)), false)
})

test('ES-5.7: a group of sessions is a sixteenth of all, 64 at most, and pinged in the second half of the interval', () => {
  const groupsOf = (sessions: number) => {
    const source = new PingSource(createManualClock())
    const phases = Array.from({ length: 640 }, () => source.phase(sessions))
    assert.ok(phases.every((phase) => phase >= 0.5 && phase <= 1))
    const ends = phases.filter((phase, index) => phase !== phases[index + 1])
    assert.equal(new Set(ends).size, ends.length)
    return ends.length
  }
  assert.equal(groupsOf(0), 640)
  assert.equal(groupsOf(15), 640)
  assert.equal(groupsOf(159), 64)
  assert.equal(groupsOf(10_000), 10)
})
