import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, OPTIONS, type SessionsOptions, systemClock } from '../dist/index.js'
import { createMemoryRelayHub } from '../dist/memory/index.js'

const make = (options: unknown) => createSessions(options as SessionsOptions)
const INF = Number.POSITIVE_INFINITY

type Name = keyof SessionsOptions

/** What is not allowed, by kind of option. */
const NUMBERS: readonly unknown[] = ['1', null, true, {}, [], Number.NaN, -1, -INF, 1n]
const wrongValues: Readonly<Record<Name, readonly unknown[]>> = {
  maxConnections: [...NUMBERS, 0, 1.5],
  maxConnectionsPerKey: [...NUMBERS, 0, 1.5],
  connectionKey: ['ip', null, {}, 1],
  retryAfterMs: [...NUMBERS, 0, 86_400_001, INF],
  allowedOrigins: [
    null,
    'https://a.test',
    'any',
    [''],
    ['null'],
    ['a.test'],
    ['https://a.test/'],
    ['https://A.test'],
    ['https://*.a.test'],
    [1],
    {},
    true,
  ],
  requireOrigin: ['true', 1, null],
  trustedProxyHops: [...NUMBERS, 0.5, 17, INF],
  authorizeTimeoutMs: [...NUMBERS, 0, 86_400_001, INF],
  maxMessageBytes: [...NUMBERS, 0, 1.5, 2_147_483_648, INF],
  maxFragments: [...NUMBERS, 0, 1.5, INF],
  messageTimeoutMs: [...NUMBERS, 86_400_001, INF],
  maxMessagesPerSecond: [...NUMBERS, 0, 0.5],
  maxBytesPerSecond: [...NUMBERS, 0, 0.5],
  maxQueuedMessages: [...NUMBERS, 0, 0.5],
  maxQueuedBytes: [...NUMBERS, 0, 0.5],
  maxBufferedBytes: [...NUMBERS, 0, 0.5],
  highWaterBytes: [...NUMBERS, 0, 0.5, 1_048_577, INF],
  slowConsumer: ['newest', '', null, true],
  maxRoomsPerSession: [...NUMBERS, 0, 0.5],
  maxRoomNameLength: [...NUMBERS, 0, 1.5, 1_025, INF],
  heartbeatIntervalMs: [...NUMBERS, 86_400_001, INF],
  heartbeatTimeoutMs: [...NUMBERS, 0, 86_400_001, INF],
  idleTimeoutMs: [...NUMBERS, 86_400_001, INF],
  closeTimeoutMs: [...NUMBERS, 0, INF],
  drainTimeoutMs: [...NUMBERS, 0, INF],
  drainSpreadMs: [...NUMBERS, INF],
  compression: ['true', 1, {}, null],
  fastPath: ['true', 1, {}, null],
  relay: [null, 'redis', () => {}, {}, { open() {} }, { maxPayloadBytes: 1 }],
  relayTimeoutMs: [...NUMBERS, 0, INF],
  presenceTimeoutMs: [...NUMBERS, 0, 99, INF],
  maxRelayQueuedBytes: [...NUMBERS, 0, 0.5],
  observer: [null, 'observer', () => {}],
  clock: [null, {}, { now: () => 0 }, () => 0],
}

/** What is allowed, the ends of each range among them. */
const rightValues: Readonly<Record<Name, readonly unknown[]>> = {
  maxConnections: [1, 10, INF],
  maxConnectionsPerKey: [1, INF],
  connectionKey: [() => 'key'],
  retryAfterMs: [1, 0.5 + 1, 86_400_000],
  allowedOrigins: [
    'same-origin',
    '*',
    [],
    ['https://a.test', 'same-origin', 'http://[::1]:8080'],
    () => true,
  ],
  requireOrigin: [true, false],
  trustedProxyHops: [0, 16],
  authorizeTimeoutMs: [1, 86_400_000],
  maxMessageBytes: [1, 2_147_483_647],
  maxFragments: [1, 2_147_483_647],
  messageTimeoutMs: [0, 86_400_000],
  maxMessagesPerSecond: [1, INF],
  maxBytesPerSecond: [1, INF],
  maxQueuedMessages: [1, INF],
  maxQueuedBytes: [1, INF],
  maxBufferedBytes: [1, INF],
  highWaterBytes: [1, 1_048_576],
  slowConsumer: ['close', 'drop', 'latest'],
  maxRoomsPerSession: [1, 128, INF],
  maxRoomNameLength: [1, 1_024],
  heartbeatIntervalMs: [0, 86_400_000],
  heartbeatTimeoutMs: [1, 86_400_000],
  idleTimeoutMs: [0, 86_400_000],
  closeTimeoutMs: [1, 86_400_000],
  drainTimeoutMs: [1, 86_400_000],
  drainSpreadMs: [0, 86_400_000],
  compression: [true, false],
  fastPath: [true, false],
  relay: [createMemoryRelayHub().relay()],
  relayTimeoutMs: [1, 86_400_000],
  presenceTimeoutMs: [100, 86_400_000],
  maxRelayQueuedBytes: [1, INF],
  observer: [{}],
  clock: [systemClock],
}

const names = Object.keys(OPTIONS) as Name[]

test('the tables of this test cover every option', () => {
  assert.deepEqual(Object.keys(wrongValues).sort(), [...names].sort())
  assert.deepEqual(Object.keys(rightValues).sort(), [...names].sort())
})

for (const name of names) {
  test(`${name} refuses every wrong value by its name, with the value and what is allowed`, () => {
    for (const value of wrongValues[name]) {
      assert.throws(
        () => make({ [name]: value }),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'ES_ERR_OPTION')
          assert.match(error.message, new RegExp(`^The option ${name} is .+; allowed is .+\\.$`))
          return true
        },
        `${name}: ${String(value)}`,
      )
    }
  })

  test(`${name} takes every value at the ends of its range, and undefined for the default`, () => {
    for (const value of rightValues[name]) make({ [name]: value })
    assert.deepEqual(make({ [name]: undefined }).options[name], OPTIONS[name].default)
  })
}

test('the defaults are the promised ones', () => {
  const { options } = createSessions()
  assert.equal(options.allowedOrigins, 'same-origin')
  assert.equal(options.maxConnections, 10_000)
  assert.equal(options.maxMessageBytes, 1_048_576)
  assert.equal(options.maxBufferedBytes, 1_048_576)
  assert.equal(options.slowConsumer, 'close')
  assert.equal(options.heartbeatIntervalMs, 25_000)
  assert.equal(options.heartbeatTimeoutMs, 20_000)
  assert.equal(options.authorizeTimeoutMs, 10_000)
  assert.equal(options.closeTimeoutMs, 5_000)
  assert.equal(options.compression, false)
})

for (const name of ['maxConnection', 'MaxConnections', '__proto__', 'constructor', 'toString', '']) {
  test(`an unknown option ${JSON.stringify(name)} is refused by its name, with the names that there are`, () => {
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true })
    assert.throws(() => make(options), {
      code: 'ES_ERR_OPTION',
      message: `There is no option ${JSON.stringify(name)}; the options are ${names.join(', ')}.`,
    })
  })
}

for (const options of [null, 1, 'x', [], [1], true]) {
  test(`options that are ${JSON.stringify(options)} are refused`, () => {
    assert.throws(() => make(options), {
      code: 'ES_ERR_OPTION',
      message: /^The options are .+; allowed is an object/,
    })
  })
}

test('the high-water mark moves down with a smaller buffer, and may not be set above it', () => {
  assert.equal(make({ maxBufferedBytes: 1_000 }).options.highWaterBytes, 1_000)
  assert.equal(make({ maxBufferedBytes: 1_000, highWaterBytes: 10 }).options.highWaterBytes, 10)
  assert.throws(() => make({ maxBufferedBytes: 1_000, highWaterBytes: 1_001 }), {
    code: 'ES_ERR_OPTION',
    message: 'The option highWaterBytes is 1001; allowed is at most maxBufferedBytes (1000).',
  })
})

test('what was checked stays what counts: the options are frozen and the list of origins is a copy', () => {
  const allowedOrigins = ['https://good.test']
  const { options } = make({ allowedOrigins })
  allowedOrigins.push('https://evil.test')
  assert.deepEqual(options.allowedOrigins, ['https://good.test'])
  assert.ok(Object.isFrozen(options))
  assert.ok(Object.isFrozen(options.allowedOrigins))
})

test('every row says what is allowed and what it means, in words', () => {
  for (const [name, row] of Object.entries(OPTIONS)) {
    assert.ok(row.allowed.length > 5, name)
    assert.match(row.meaning, /^[A-Z].*\.$/, name)
  }
})
