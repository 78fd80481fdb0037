import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../dist/index.js'

test('the system clock does not go back, and its timers fire once', async () => {
  const from = systemClock.now()
  let fired = 0
  await new Promise<void>((resolve) => {
    systemClock.setTimeout(
      () => {
        fired++
        resolve()
      },
      1,
      true,
    )
  })
  assert.equal(fired, 1)
  assert.ok(systemClock.now() >= from)
})

test('a timer that is cleared does not fire, and may be cleared again', async () => {
  let fired = 0
  const handle = systemClock.setTimeout(() => fired++, 1)
  systemClock.clearTimeout(handle)
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 5, true))
  systemClock.clearTimeout(handle)
  assert.equal(fired, 0)
})

test('a timer holds the process open only where it is told to', () => {
  const holds = (handle: unknown) => (handle as NodeJS.Timeout).hasRef()
  const free = systemClock.setTimeout(() => {}, 1_000)
  const holding = systemClock.setTimeout(() => {}, 1_000, true)
  assert.equal(holds(free), false)
  assert.equal(holds(holding), true)
  systemClock.clearTimeout(free)
  systemClock.clearTimeout(holding)
})

test('R4: a jump of the wall clock does not move it', (t) => {
  const from = systemClock.now()
  t.mock.method(Date, 'now', () => 0)
  assert.ok(systemClock.now() >= from)
})
