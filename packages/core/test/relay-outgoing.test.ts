import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionsOptions } from '../dist/index.js'
import { RelayError } from '../dist/index.js'
import { createManualClock } from '../dist/memory/index.js'
import { createCounters, Observers } from '../dist/observer.js'
import { resolveOptions } from '../dist/options.js'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../dist/relay-envelope.js'
import { RelayOutgoing } from '../dist/relay-outgoing.js'
import { type Asked, AskedRelay } from './asked-relay.js'
import { settle } from './open-session.js'

const TIMEOUT_MS = 5_000
const RETRY_MS = 1_000
const NO = new Error('no')
/** What an envelope takes up beside its payload. */
const ENVELOPE_BYTES = encodeEnvelope(envelope(0)).length

function envelope(length: number, sequence = 1): Envelope {
  const payload = new Uint8Array(length)
  return { kind: 'signal', publisher: '0'.repeat(24), generation: 1, sequence, payload }
}

/** What goes out through a relay that answers only what the test answers. */
function stage(options: SessionsOptions = {}, maxPayloadBytes?: number) {
  const clock = createManualClock()
  const relay = new AskedRelay(maxPayloadBytes)
  const observers = new Observers()
  const tally = createCounters()
  const errors: RelayError[] = []
  const unheard: unknown[] = []
  const recoveredAt: number[] = []
  observers.add({
    onError(error, phase) {
      assert.equal(phase, 'relay')
      assert.ok(error instanceof RelayError)
      errors.push(error)
    },
  })
  const engine = {
    clock,
    options: resolveOptions(options),
    tally,
    observers,
    deliver: () => assert.fail('nothing comes in here'),
    reportUnheard: (error: unknown) => void unheard.push(error),
  }
  const outgoing = new RelayOutgoing(engine, relay, relay.open(), () => void recoveredAt.push(clock.now()))
  return { clock, relay, tally, errors, unheard, recoveredAt, outgoing }
}

test('what is given goes out at once, in order, and each as it was written', () => {
  const { relay, outgoing } = stage()
  for (let n = 1; n <= 100; n++) outgoing.give(n % 3 === 0 ? 'y' : 'x', envelope(n, n))
  assert.deepEqual(
    relay.asked.map(({ channel, payload }) => [channel, decodeEnvelope(payload)]),
    Array.from({ length: 100 }, (_, at) => [(at + 1) % 3 === 0 ? 'y' : 'x', envelope(at + 1, at + 1)]),
  )
})

test('bytes wait until they are taken or refused, in whatever order they are', async () => {
  const { relay, outgoing } = stage()
  for (const length of [10, 20, 40]) outgoing.give('x', envelope(length))
  assert.equal(outgoing.queuedBytes, 3 * ENVELOPE_BYTES + 70)
  relay.asked[1]?.answer()
  await settle()
  assert.equal(outgoing.queuedBytes, 2 * ENVELOPE_BYTES + 50)
  relay.asked[2]?.refuse(NO)
  relay.asked[0]?.answer()
  await settle()
  assert.equal(outgoing.queuedBytes, 0)
})

test('as many bytes wait as maxRelayQueuedBytes allows, and not one more', async () => {
  const { relay, outgoing, tally, errors } = stage({ maxRelayQueuedBytes: 3 * ENVELOPE_BYTES + 300 })
  let refused = 0
  const give = (length: number) => outgoing.give('x', envelope(length), () => refused++)
  give(200)
  give(101)
  assert.equal(relay.asked.length, 2)
  give(0)
  assert.equal(refused, 1, 'one byte too much')
  relay.asked[1]?.answer()
  await settle()
  give(100)
  give(0)
  assert.equal(refused, 1, 'right up to the bound')
  assert.equal(outgoing.queuedBytes, 3 * ENVELOPE_BYTES + 300)
  give(0)
  assert.equal(refused, 2)
  assert.equal(tally.relayErrors, 2)
  assert.match(errors[0]?.message ?? '', /^\d+ bytes wait for the relay.*maxRelayQueuedBytes/)
})

test('what is larger than maxRelayQueuedBytes goes out when nothing else waits', () => {
  const { relay, outgoing } = stage({ maxRelayQueuedBytes: 100 })
  outgoing.give('x', envelope(10_000))
  assert.equal(relay.last.payload.length, ENVELOPE_BYTES + 10_000)
  outgoing.give('x', envelope(0))
  assert.equal(relay.asked.length, 1)
})

test('what is as large as the relay takes goes out; what is one byte larger does not, with an error each', () => {
  const { relay, outgoing, tally, errors } = stage({}, 1_000)
  let refused = 0
  outgoing.give('x', envelope(1_000 - ENVELOPE_BYTES), () => refused++)
  assert.deepEqual([relay.asked.length, refused], [1, 0])
  for (const times of [1, 2]) {
    outgoing.give('x', envelope(1_001 - ENVELOPE_BYTES), () => refused++)
    assert.deepEqual(
      [relay.asked.length, refused, errors.length, tally.relayErrors],
      [1, times, times, times],
    )
  }
  assert.match(errors[0]?.message ?? '', /^A message of 1001 bytes, .* it takes 1000\.$/)
  assert.equal(outgoing.queuedBytes, 1_000)
})

test('a relay that never answers is one error at relayTimeoutMs, and what it holds goes on counting', async () => {
  const { clock, relay, outgoing, tally, errors } = stage({ relayTimeoutMs: TIMEOUT_MS })
  let refused = 0
  outgoing.give('x', envelope(10), () => refused++)
  clock.advance(1)
  outgoing.give('x', envelope(10), () => refused++)
  clock.advance(TIMEOUT_MS - 2)
  await settle()
  assert.deepEqual([refused, tally.relayErrors, errors.length], [0, 0, 0])
  clock.advance(1)
  await settle()
  assert.deepEqual([refused, tally.relayErrors, errors.length], [1, 1, 1])
  clock.advance(1)
  await settle()
  assert.deepEqual([refused, tally.relayErrors, errors.length], [2, 2, 1])
  assert.equal(errors[0]?.stage, 'publish')
  assert.match(errors[0]?.message ?? '', /within 5000 ms \(relayTimeoutMs\)/)
  assert.equal(outgoing.queuedBytes, 2 * ENVELOPE_BYTES + 20)
  relay.asked[0]?.answer()
  relay.asked[1]?.refuse(NO)
  await settle()
  assert.equal(outgoing.queuedBytes, 0)
  assert.deepEqual([refused, tally.relayErrors], [2, 2], 'an answer that comes too late changes nothing')
})

test('no deadline stays behind what was answered in time', async () => {
  const { clock, relay, outgoing, errors } = stage()
  for (const _ of [1, 2]) outgoing.give('x', envelope(10))
  for (const { answer } of relay.asked) answer()
  await settle()
  assert.equal(clock.pending, 0)
  clock.advance(60_000)
  await settle()
  assert.deepEqual(errors, [])
})

test('one trouble is told of once, and the next when something was taken in between', async () => {
  const { relay, outgoing, tally, errors, unheard } = stage()
  const refuse = async () => {
    outgoing.give('x', envelope(10))
    relay.last.refuse(NO)
    await settle()
  }
  for (let n = 0; n < 5; n++) await refuse()
  assert.deepEqual([tally.relayErrors, errors.length, unheard.length], [5, 1, 1])
  assert.match(errors[0]?.message ?? '', /could not be relayed to the other processes: no$/)
  assert.equal(errors[0]?.cause, NO)
  outgoing.give('x', envelope(10))
  relay.last.answer()
  await settle()
  await refuse()
  assert.deepEqual([tally.relayErrors, errors.length, unheard.length], [6, 2, 2])
})

test('while the engine is not reached, what was taken just before is no sign that it is back', async () => {
  const { relay, outgoing, errors } = stage()
  outgoing.give('x', envelope(10))
  outgoing.unwell(new RelayError('connect', 'gone'))
  relay.last.answer()
  await settle()
  outgoing.give('x', envelope(10))
  relay.last.refuse(NO)
  await settle()
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['gone'],
  )
  outgoing.well()
  outgoing.give('x', envelope(10))
  relay.last.refuse(NO)
  await settle()
  assert.equal(errors.length, 2)
})

test('the others can be told again as soon as something is taken, once for each trouble', async () => {
  const { clock, relay, outgoing, recoveredAt } = stage()
  outgoing.give('x', envelope(10))
  relay.last.answer()
  await settle()
  assert.deepEqual(recoveredAt, [], 'nothing was refused')
  outgoing.give('x', envelope(10))
  relay.last.refuse(NO)
  await settle()
  clock.advance(RETRY_MS / 2)
  outgoing.give('x', envelope(10))
  outgoing.give('x', envelope(10))
  for (const { answer } of relay.asked.slice(-2)) answer()
  await settle()
  clock.advance(10 * RETRY_MS)
  await settle()
  assert.deepEqual(recoveredAt, [RETRY_MS / 2])
})

test('the others can be told again a second after the last refusal, though nothing else goes out', async () => {
  const { clock, relay, outgoing, recoveredAt } = stage()
  for (let n = 0; n < 3; n++) {
    outgoing.give('x', envelope(10))
    relay.last.refuse(NO)
    await settle()
    if (n < 2) clock.advance(RETRY_MS - 1)
  }
  clock.advance(RETRY_MS - 1)
  assert.deepEqual(recoveredAt, [])
  clock.advance(1)
  assert.deepEqual(recoveredAt, [3 * RETRY_MS - 2])
  clock.advance(10 * RETRY_MS)
  assert.equal(recoveredAt.length, 1)
  assert.equal(clock.pending, 0)
})

test('nobody is told again while the relay holds on to something, nor while the engine is not reached', async () => {
  const { clock, relay, outgoing, recoveredAt } = stage({ relayTimeoutMs: TIMEOUT_MS })
  outgoing.give('x', envelope(10))
  clock.advance(TIMEOUT_MS)
  await settle()
  clock.advance(10 * RETRY_MS)
  assert.deepEqual(recoveredAt, [], 'it still holds on to it')
  relay.last.refuse(NO)
  await settle()
  clock.advance(RETRY_MS)
  assert.equal(recoveredAt.length, 1)
  outgoing.unwell(new RelayError('connect', 'gone'))
  outgoing.give('x', envelope(10))
  relay.last.refuse(NO)
  await settle()
  clock.advance(10 * RETRY_MS)
  assert.equal(recoveredAt.length, 1, 'after an outage the hub tells them itself')
})

for (const [what, answers] of [
  ['is closed', ({ answer }: Asked) => answer()],
  ['fails to close', ({ refuse }: Asked) => refuse(NO)],
] as const) {
  test(`a relay that ${what} takes nothing more, and nothing more is told`, async () => {
    const { clock, relay, outgoing, errors, recoveredAt, tally } = stage()
    outgoing.give('x', envelope(10))
    relay.last.refuse(NO)
    outgoing.give('x', envelope(10))
    const held = [relay.last]
    await settle()
    let isOver = false
    const closing = outgoing.close().then(() => {
      isOver = true
    })
    outgoing.give('x', envelope(10))
    assert.equal(relay.last.what, 'publish', 'until it is closed it goes on')
    held.push(relay.last)
    await settle()
    assert.equal(isOver, false)
    answers(relay.asked.find((asked) => asked.what === 'close') ?? assert.fail('it is not closed'))
    await closing
    const counts = () => [relay.asked.length, errors.length, recoveredAt.length, tally.relayErrors]
    const before = counts()
    assert.equal(errors.length, what === 'is closed' ? 1 : 2)
    outgoing.give('x', envelope(10), () => assert.fail('nobody waits for it any more'))
    outgoing.well()
    outgoing.unwell(new RelayError('connect', 'gone'))
    held[0]?.answer()
    held[1]?.refuse(NO)
    await settle()
    assert.equal(clock.pending, 0)
    assert.deepEqual(counts(), before)
  })
}

test('a relay that never closes is an error at relayTimeoutMs, and holds nothing up any longer', async () => {
  const { clock, outgoing, errors } = stage({ relayTimeoutMs: TIMEOUT_MS })
  outgoing.unwell(new RelayError('connect', 'gone'))
  let isOver = false
  const closing = outgoing.close().then(() => {
    isOver = true
  })
  clock.advance(TIMEOUT_MS - 1)
  await settle()
  assert.equal(isOver, false)
  clock.advance(1)
  await closing
  assert.equal(isOver, true)
  assert.equal(errors.length, 2, 'told of though there is trouble already')
  assert.equal(errors[1]?.stage, 'close')
  assert.match(errors[1]?.message ?? '', /within 5000 ms \(relayTimeoutMs\)/)
})
