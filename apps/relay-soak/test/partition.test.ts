// @needs redis-server, nats-server, netns
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from './run.js'

for (const [engine, mode, seed] of [
  ['redis', 'pubsub', 4],
  ['nats', 'log', 3],
] as const) {
  test(`${mode} on ${engine} with links that fail: everything is as it has to be`, () => {
    const { status, text } = run(
      ...`--partition --engine ${engine} --mode ${mode} --minutes 0.2 --faults 8 --rate 200 --seed ${seed}`.split(
        ' ',
      ),
    )
    assert.equal(status, 0, text)
    assert.match(text, /^ {2}faults: .*\b[1-9] partition/m)
    assert.match(text, /^ok$/m)
  })
}
