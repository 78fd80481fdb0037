import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { test } from 'node:test'
import { readArguments } from '../dist/arguments.js'
import { BenchError } from '../dist/bench-error.js'
import type { Job, LoadShape } from '../dist/generator/job.js'
import { findCpuSource } from '../dist/measure/cpu-time.js'
import { GeneratorProcess } from '../dist/measure/generator-process.js'
import type { Sample } from '../dist/measure/sample.js'
import { ServerProcess } from '../dist/measure/server-process.js'
import { runStep } from '../dist/measure/step-run.js'
import type { Pattern, Step } from '../dist/pattern.js'
import { PATTERNS } from '../dist/patterns.js'
import { type Failure, Rounds, turnsOf } from '../dist/rounds.js'
import { RUNTIMES } from '../dist/runtime.js'
import type { App, ServerPlan } from '../dist/servers/server-plan.js'
import type { Target } from '../dist/target.js'
import { TARGETS } from '../dist/targets.js'

const SHORT = { warmMs: 1, runMs: 5 }
const UNPINNED = { server: undefined, generator: undefined, note: '' }

function start(target: string, app: App, port = 0, deflate = false): Promise<ServerProcess> {
  const plan: ServerPlan = { target, app, port, deflate, heartbeatMs: 0 }
  const command = RUNTIMES.node.command(plan)
  return ServerProcess.start(command as [string, ...string[]], plan, findCpuSource())
}

function jobOf(port: number, load: LoadShape, more: Partial<Job> = {}): Job {
  return {
    protocol: 'websocket',
    port,
    message: { bytes: 32, binary: false },
    load,
    deflate: false,
    ...SHORT,
    ...more,
  }
}

async function load(server: ServerProcess, job: Job): Promise<number> {
  const generator = new GeneratorProcess(undefined)
  try {
    await generator.prepare(job)
    const { messages } = await generator.run()
    await generator.close()
    return messages
  } finally {
    generator.stop()
    await server.stop()
  }
}

const onNode = TARGETS.filter(({ runtime = 'node' }) => runtime === 'node')

for (const { name, protocol } of onNode) {
  test(`the generator gets from ${name} what it sent, byte for byte`, async () => {
    const server = await start(name, 'echo')
    const shape: LoadShape = { kind: 'echo', connections: 2, depth: 3 }
    const messages = await load(
      server,
      jobOf(server.port, shape, { protocol, message: { bytes: 300, binary: true } }),
    )
    assert.ok(messages >= 6)
  })

  test(`every client of ${name} gets every message of a broadcast`, async () => {
    const server = await start(name, 'broadcast')
    const shape: LoadShape = { kind: 'fan-out', connections: 5, burst: 2, senders: 1 }
    const messages = await load(server, jobOf(server.port, shape, { protocol }))
    assert.ok(messages >= 10)
    assert.equal(messages % 10, 0)
  })
}

for (const { name, protocol } of onNode.filter(({ name }) => name !== 'tcp')) {
  test(`${name} lets in a client that passes three middlewares and the check`, async () => {
    const server = await start(name, 'guarded')
    const shape: LoadShape = { kind: 'connect', connections: 4, concurrency: 2, warm: 2 }
    assert.equal(await load(server, jobOf(server.port, shape, { protocol })), 4)
  })

  test(`the chat of ${name} sends what was said to everybody`, async () => {
    const server = await start(name, 'chat')
    const shape: LoadShape = { kind: 'fan-out', connections: 3, burst: 1, senders: 2 }
    const message = { bytes: 40, binary: false, chat: true }
    assert.ok((await load(server, jobOf(server.port, shape, { protocol, message }))) >= 6)
  })
}

for (const name of ['node', 'ws']) {
  // Node 24's zlib does not write the same bytes again after a reset, which ws does between messages.
  test(`${name} may compress its replies as it likes`, async () => {
    const server = await start(name, 'echo', 0, true)
    const shape: LoadShape = { kind: 'echo', connections: 2, depth: 3 }
    const message = { bytes: 4_096, binary: false }
    assert.ok((await load(server, jobOf(server.port, shape, { deflate: true, message }))) >= 6)
  })
}

test('other bytes than were sent are noticed', async () => {
  const server = await start('ws', 'chat')
  const shape: LoadShape = { kind: 'fan-out', connections: 1, burst: 1, senders: 1 }
  const wrong = jobOf(server.port, shape, { message: { bytes: 8, binary: false } })
  const generator = new GeneratorProcess(undefined)
  try {
    // What is no JSON ends the server, and the client learns that its connection is lost.
    await assert.rejects(generator.prepare(wrong), BenchError)
  } finally {
    generator.stop()
    await server.stop()
  }
})

const ECHO: Pattern = {
  letter: 't',
  name: 'tiny',
  title: 'Tiny',
  steps: [
    {
      app: 'echo',
      load: { kind: 'echo', connections: 1, depth: 1 },
      message: { bytes: 4, binary: false },
      figures: { cpu: { key: 't', title: 'tiny', unit: 'µs', per: 'message' } },
    },
  ],
}

async function rounds(targets: readonly Target[], pattern: Pattern, port = 0, times = 2) {
  const samples: Sample[] = []
  const failures: Failure[] = []
  const course = {
    patterns: [pattern],
    targets,
    rounds: times,
    port,
    pinning: UNPINNED,
    cpuSource: findCpuSource(),
    signal: new AbortController().signal,
    ...SHORT,
  }
  const listener = {
    onTurn() {},
    onSample: (sample: Sample) => void samples.push(sample),
    onFailure: (failure: Failure) => void failures.push(failure),
  }
  const ended = await new Rounds(course, listener).run().then(
    () => undefined,
    (error: Error) => error,
  )
  return { samples, failures, ended }
}

test('in each round every target has its turn at each step, raw ws first', async () => {
  const [echo] = ECHO.steps as [Step]
  const figures = { cpu: { key: 'u', title: 'the same again', unit: 'µs', per: 'message' } } as const
  const twice: Pattern = { ...ECHO, steps: [echo, { ...echo, figures }] }
  const { samples, failures } = await rounds(readArguments(['--target', 'node']).targets, twice)
  assert.deepEqual(
    samples.map(({ figure, target, round }) => `${round} ${figure} ${target}`),
    ['1 t ws', '1 t node', '1 u ws', '1 u node', '2 t ws', '2 t node', '2 u ws', '2 u node'],
  )
  assert.ok(samples.every(({ cost }) => cost > 0))
  assert.deepEqual(failures, [])
})

test('the targets of a step come two at a time, each two behind raw ws, against which they are held', () => {
  const { targets } = readArguments(['--target', 'node,express,koa,tcp,fastify'])
  const turns = [...turnsOf(ECHO, { targets, rounds: 1 })]
  assert.deepEqual(
    turns.map(({ group, target }) => `${group} ${target.name}`),
    ['1 ws', '1 node', '1 express', '2 ws', '2 koa', '2 fastify', '3 ws', '3 tcp'],
  )
  const alone = [...turnsOf(ECHO, { targets: targets.slice(0, 1), rounds: 1 })]
  assert.deepEqual(
    alone.map(({ target }) => target.name),
    ['ws'],
  )
})

function fewIdle(heartbeatMs: number): Step {
  const idle = PATTERNS.flatMap(({ steps }) => steps).find(({ figures }) => figures.rss !== undefined) as Step
  return { ...idle, heartbeatMs, load: { kind: 'connect', connections: 2, concurrency: 1, warm: 0 } }
}

test('three heartbeats go by before the one that is measured', async () => {
  const heartbeatMs = 100
  const server = await start('ws', 'echo')
  const generator = new GeneratorProcess(undefined)
  const readings: number[] = []
  const read = server.cpuSeconds.bind(server)
  server.cpuSeconds = () => {
    readings.push(performance.now())
    return read()
  }
  try {
    const step = fewIdle(heartbeatMs)
    await runStep({ server, generator }, step, jobOf(server.port, step.load))
  } finally {
    generator.stop()
    await server.stop()
  }
  // The first two are of the connecting.
  const [, connected = Number.NaN, from = Number.NaN, to = Number.NaN] = readings
  assert.equal(readings.length, 4)
  // A timer may fire a millisecond early by another clock.
  assert.ok(from - connected >= 3 * heartbeatMs - 1)
  assert.ok(to - from >= heartbeatMs - 1)
})

test('memory is measured at rest with and without WebSocket, and a heartbeat only where there is one', async () => {
  const few = fewIdle(100)
  const targets = readArguments(['--target', 'tcp']).targets.map((target) => ({
    ...target,
    lacks: () => false,
  }))
  const { samples, failures } = await rounds(targets, { ...ECHO, steps: [few] }, 0, 1)
  assert.deepEqual(
    samples.map(({ figure, target }) => `${target} ${figure}`),
    ['ws e-rss', 'ws e-heap', 'ws e-cpu', 'tcp e-rss', 'tcp e-heap'],
  )
  assert.deepEqual(failures, [])
})

test('a target that dies is named in one sentence, left out of what follows, and the others go on', async () => {
  // Text that is no JSON makes the chat throw where nobody catches it; raw ws is spared.
  const [echo] = ECHO.steps as [Step]
  const figures = { cpu: { key: 'dying', title: 'dying', unit: 'µs', per: 'message' } } as const
  const dying: Pattern = { ...ECHO, steps: [echo, { ...echo, app: 'chat', figures }] }
  const [base, ...others] = readArguments(['--target', 'koa-websocket,tcp']).targets as [Target, ...Target[]]
  const spared: Target = { ...base, lacks: ({ app }) => app === 'chat' }
  const { samples, failures, ended } = await rounds([spared, ...others], dying)
  assert.equal(ended, undefined)
  assert.deepEqual(
    failures.map(({ target, round }) => `${round} ${target}`),
    ['1 koa-websocket'],
  )
  assert.match(
    failures[0]?.message ?? '',
    /^koa-websocket failed in round 1 of pattern tiny: koa-websocket ended with exit code 1/,
  )
  assert.deepEqual(
    samples.map(({ target, round }) => `${round} ${target}`),
    ['1 ws', '1 koa-websocket', '1 tcp', '2 ws', '2 tcp'],
  )
})

test('a port in use ends the run with one sentence', async () => {
  const taken: Server = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const { ended, samples } = await rounds(readArguments(['--target', 'node']).targets, ECHO, port)
  taken.close()
  assert.ok(ended instanceof BenchError)
  assert.match(
    ended.message,
    new RegExp(`Port ${port} is in use; give another --port, or none for a free one\\.$`),
  )
  assert.deepEqual(samples, [])
})
