import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameRun } from '../dist/frame-run.js'

const [a, b, c] = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]

test('a run has its frames in order', () => {
  const run = new FrameRun(a).with(b).with(c)
  assert.equal(run.length, 6)
  assert.equal(Buffer.from(run.bytes).toString(), 'abbccc')
  assert.equal(new FrameRun(a).bytes, a)
  assert.deepEqual(
    [new FrameRun(a).isOnly(a), new FrameRun(a).isOnly(b), run.isOnly(c)],
    [true, false, false],
  )
})

test('runs that go on with the same frame are one, and are laid together once', () => {
  const run = new FrameRun(a)
  assert.equal(run.with(b), run.with(b))
  assert.equal(run.with(b).bytes, run.with(b).bytes)
})

test('runs that part leave each other alone', () => {
  const run = new FrameRun(a)
  const one = run.with(b)
  const other = run.with(c)
  assert.deepEqual(
    [one.bytes, other.bytes, run.bytes].map(String),
    [[97, 98, 98], [97, 99, 99, 99], [97]].map((codes) => String(Buffer.from(codes))),
  )
  assert.equal(String(one.with(a).bytes), 'abba')
})
