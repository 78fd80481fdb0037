// @needs redis-server
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from './run.js'

test('twenty seconds with six faults: what was reported as lost is what was lost, nothing twice or out of order', () => {
  const { status, text } = run(...'--minutes 0.33 --faults 6 --rate 400 --seed 7'.split(' '))
  assert.equal(status, 0, text)
  assert.match(text, /published [1-9]\d+, delivered [1-9]\d+/)
  assert.match(text, /^ok$/m)
})

test('twelve seconds of rooms with a history, with six faults: everything acknowledged is there once, in one order for all', () => {
  const { status, text } = run(...'--mode log --minutes 0.2 --faults 6 --rate 400 --seed 7'.split(' '))
  assert.equal(status, 0, text)
  assert.match(text, /[1-9]\d+ acknowledged/)
  assert.match(text, /came back: [1-9]\d* got what they missed, 0 were told/)
  assert.match(text, /^ok$/m)
})

test('a flag that cannot be obeyed is one sentence and status 2', () => {
  for (const line of [
    ['--engine', 'kafka'],
    ['--rate', '0'],
    ['--nothing'],
    ['--mode', 'queue'],
    ['--minutes', 'x'],
  ]) {
    const { status, text } = run(...line)
    assert.equal(status, 2, text)
    assert.equal(text.trim().split('\n').length, 1, text)
  }
  assert.match(run('--help').text, /^Usage: npm run relay-soak/)
})
