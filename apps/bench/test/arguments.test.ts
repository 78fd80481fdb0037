import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from '../dist/arguments.js'
import { BenchError } from '../dist/bench-error.js'

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)

function sentence(line: readonly string[]): string {
  try {
    readArguments(line)
  } catch (error) {
    assert.ok(error instanceof BenchError)
    return error.message
  }
  return 'it was taken'
}

test('patterns go by letter and by name, targets by name, and raw ws always runs first', () => {
  const plan = readArguments(['--pattern', 'pipelined,a', '--target', 'koa,node'])
  assert.deepEqual(names(plan.patterns), ['ping-pong', 'pipelined'])
  assert.deepEqual(names(plan.targets), ['ws', 'node', 'koa'])
  assert.equal(plan.rounds, 5)
})

test('quick keeps the chief steps and three targets, and less only where nothing is asked for', () => {
  const quick = readArguments(['--quick'])
  assert.deepEqual(names(quick.targets), ['ws', 'node', 'tcp'])
  assert.ok(quick.patterns.every(({ steps }) => steps.every((step) => step.quick)))
  const asked = readArguments(['--quick', '--pattern', 'a', '--rounds', '2'])
  assert.equal(asked.patterns[0]?.steps.length, 3)
  assert.equal(asked.rounds, 2)
})

test('a report folder names three files, and each can be given by itself', () => {
  const { files } = readArguments(['--report', 'out/', '--html', 'page.html'])
  assert.deepEqual(files, { json: 'out/bench.json', markdown: 'out/bench.md', html: 'page.html' })
})

test('what cannot be obeyed is answered with one sentence that says what can', () => {
  assert.match(sentence(['--pattern', 'z']), /^There is no pattern "z"; there are a \(ping-pong\), .*\.$/)
  assert.match(sentence(['--target', 'nest']), /^There is no target "nest"; there are ws, node, .*\.$/)
  assert.match(sentence(['--rounds', '0']), /^--rounds is "0", but must be a whole number from 1 to 1000\.$/)
  assert.match(sentence(['--port', '70000']), /^--port is "70000"/)
  assert.match(sentence(['--fast']), /--fast.*; see --help\.$/)
})
