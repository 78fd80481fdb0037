import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  type Answer,
  type AuthorizeContext,
  createSessions,
  defineSession,
  type Refusal,
  type RejectEvent,
  reject,
  type SessionsOptions,
} from '../dist/index.js'
import { createManualClock } from '../dist/memory/index.js'
import { type MemoryRequest, memoryRequestSource } from '../dist/memory/memory-request.js'
import { settle } from './open-session.js'
import { RecordingPort } from './recording-port.js'

const stray: unknown[] = []
const hear = (error: unknown) => void stray.push(error)

beforeEach(() => {
  process.on('unhandledRejection', hear)
})

afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.removeListener('unhandledRejection', hear)
  assert.deepEqual(stray.splice(0), [], 'a rejection has reached the process')
})

function createEngine(options: SessionsOptions = {}) {
  const clock = createManualClock()
  const rejections: RejectEvent[] = []
  const errors: unknown[] = []
  const sessions = createSessions({
    clock,
    observer: {
      onReject: (event) => void rejections.push(event),
      onError: (error, phase) => void errors.push([phase, error]),
    },
    ...options,
  })
  return { clock, rejections, errors, sessions }
}

const source = (request: MemoryRequest = {}) => memoryRequestSource(request)
const plain = defineSession({})

function refusalOf(answer: Answer | Promise<Answer>): Refusal {
  assert.ok(!(answer instanceof Promise), 'the answer is still to come')
  assert.ok(!answer.accepted, 'the answer is 101')
  return answer
}

test('an attempt without authorize is answered at once, and holds a place until it is abandoned', () => {
  const { sessions } = createEngine({ maxConnections: 1 })
  const attempt = sessions.admit(plain, source())
  assert.deepEqual(attempt.answer, { accepted: true, protocol: '' })
  assert.equal(sessions.counters().pending, 1)
  assert.equal(refusalOf(sessions.admit(plain, source()).answer).status, 503)
  attempt.abandon()
  attempt.abandon()
  assert.equal(sessions.counters().pending, 0)
  assert.ok(!(sessions.admit(plain, source()).answer instanceof Promise))
})

test('ES-1.27: a principal that authorize returns at once is answered at once, an object too', () => {
  const { sessions } = createEngine()
  for (const principal of [undefined, null, 0, 'a', { user: 'a' }, Object.freeze({}), () => {}]) {
    const attempt = sessions.admit(defineSession({ authorize: () => principal }), source())
    assert.ok(!(attempt.answer instanceof Promise))
    attempt.open(new RecordingPort()).start()
    assert.equal([...sessions].at(-1)?.principal, principal)
  }
})

test('ES-1.27: what authorize resolves to is the principal', async () => {
  const { sessions, clock } = createEngine()
  const attempt = sessions.admit(defineSession({ authorize: async () => ({ user: 'a' }) }), source())
  assert.equal((await attempt.answer).accepted, true)
  assert.equal(clock.pending, 0)
  attempt.open(new RecordingPort()).start()
  assert.deepEqual([...sessions][0]?.principal, { user: 'a' })
})

test('authorize gets the request and the context of the host', () => {
  const { sessions } = createEngine()
  const context = { host: 'object' }
  let seen: unknown[] = []
  const definition = defineSession<void, { host: string }>({
    authorize(request, call) {
      seen = [request.path, call.context, call.signal.aborted]
    },
  })
  sessions.admit(definition, source({ target: '/a?b' }), context)
  assert.deepEqual(seen, ['/a', context, false])
})

const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('looked at')
    },
    getPrototypeOf() {
      throw new Error('looked at')
    },
  },
)
const faults: readonly [string, unknown][] = [
  ['an Error', new Error('canary')],
  ['undefined', undefined],
  ['null', null],
  ['a string', 'canary'],
  ['a frozen object', Object.freeze({ status: 200 })],
  [
    'something that only looks like a rejection',
    { code: 'ES_ERR_REJECTED', status: 200, headers: {}, body: '' },
  ],
  ['a proxy that says yes to everything', new Proxy({}, { get: () => true })],
  ['a proxy that throws at everything', hostile],
  ['a revoked proxy', revoked],
]

for (const [name, value] of faults) {
  test(`H3: an authorize that throws, or rejects with, ${name} is answered with 500 and nothing leaked`, async () => {
    const { sessions, rejections, errors, clock } = createEngine()
    const fail = () => {
      throw value
    }
    const later = async () => {
      await settle()
      throw value
    }
    for (const authorize of [fail, later, () => hiddenThen(value)]) {
      const answer = await sessions.admit(defineSession({ authorize }), source()).answer
      assert.ok(!answer.accepted)
      assert.equal(answer.status, 500)
      assert.equal(answer.body, '500 Internal Server Error\n')
      assert.deepEqual(answer.headers, {})
      assert.equal(answer.fault?.code, 'ES_ERR_AUTHORIZE')
    }
    assert.equal(errors.length, 3)
    for (const [phase, error] of errors as [string, unknown][]) {
      assert.equal(phase, 'authorize')
      assert.ok(Object.is(error, value))
    }
    assert.deepEqual(
      rejections.map(({ code }) => code),
      Array(3).fill('ES_ERR_AUTHORIZE'),
    )
    assert.equal(sessions.counters().pending, 0)
    assert.equal(clock.pending, 0)
  })
}

function hiddenThen(value: unknown): object {
  return Object.defineProperty({}, 'then', {
    get: () => {
      throw value
    },
  })
}

test('ES-1.28: a rejection is answered as it is, sync or async, and is no error', async () => {
  const { sessions, errors } = createEngine()
  const options = { headers: { 'X-A': 'b' }, body: 'no' }
  for (const authorize of [() => reject(402, options), async () => reject(402, options)]) {
    const answer = await sessions.admit(defineSession({ authorize }), source()).answer
    assert.ok(!answer.accepted)
    assert.deepEqual([answer.status, { ...answer.headers }, answer.body], [402, { 'X-A': 'b' }, 'no'])
    assert.equal(answer.fault, undefined)
  }
  assert.deepEqual(errors, [])
})

test('H2: an authorize that never settles is answered with 503 in time, and its signal aborted', async () => {
  const { sessions, clock } = createEngine({ authorizeTimeoutMs: 1_000, maxConnections: 1 })
  let call: AuthorizeContext<unknown> | undefined
  const definition = defineSession({
    authorize(_, given) {
      call = given
      return new Promise(() => {})
    },
  })
  const attempt = sessions.admit(definition, source())
  clock.advance(999)
  assert.equal(call?.signal.aborted, false)
  clock.advance(1)
  const answer = await attempt.answer
  assert.ok(!answer.accepted)
  assert.deepEqual([answer.code, answer.headers['Retry-After']], ['ES_ERR_AUTHORIZE_TIMEOUT', '5'])
  assert.equal(call?.signal.aborted, true)
  assert.equal(clock.pending, 0)
  assert.deepEqual(sessions.admit(plain, source()).answer, { accepted: true, protocol: '' })
})

test('H4: a client that leaves while authorize is pending costs nothing; a signal asked for later is aborted', async () => {
  const { sessions, clock, rejections, errors } = createEngine()
  let call: AuthorizeContext<unknown> | undefined
  let settleIt = (_principal: unknown) => {}
  const definition = defineSession({
    authorize(_, given) {
      call = given
      return new Promise((resolve) => {
        settleIt = resolve
      })
    },
  })
  const attempt = sessions.admit(definition, source())
  attempt.abandon()
  const answer = await attempt.answer
  assert.ok(!answer.accepted)
  assert.deepEqual([answer.code, answer.status], ['ES_ERR_ABORTED', 0])
  assert.equal(call?.signal.aborted, true)
  settleIt('too late')
  await settle()
  assert.equal(sessions.size, 0)
  assert.equal(sessions.counters().pending, 0)
  assert.equal(clock.pending, 0)
  assert.deepEqual(errors, [])
  assert.equal(rejections.length, 1)
})

test('ES-1.34: an authorize that fails after the handshake is over is nobody to hear', async () => {
  const { sessions, errors } = createEngine()
  let fail = (_error: unknown) => {}
  const definition = defineSession({
    authorize: () =>
      new Promise((_, refuse) => {
        fail = refuse
      }),
  })
  sessions.admit(definition, source()).abandon()
  fail(new Error('too late'))
  await settle()
  assert.deepEqual(errors, [])
})

test('ES-1.24: an attempt that was abandoned, is open, or was refused cannot be opened', () => {
  const { sessions } = createEngine({ maxConnections: 2 })
  const gone = sessions.admit(plain, source())
  gone.abandon()
  const open = sessions.admit(plain, source())
  const { sink } = open.open(new RecordingPort())
  const refused = sessions.admit(plain, source({ method: 'POST' }))
  const pending = sessions.admit(defineSession({ authorize: () => new Promise(() => {}) }), source())
  for (const attempt of [gone, open, refused, pending]) {
    assert.throws(() => attempt.open(new RecordingPort()), { code: 'ES_ERR_BINDING' })
  }
  pending.abandon()
  // An open attempt that is abandoned keeps its place until its session ends.
  open.abandon()
  const other = sessions.admit(plain, source())
  assert.equal(refusalOf(sessions.admit(plain, source()).answer).code, 'ES_ERR_CAPACITY')
  other.abandon()
  sink.closed(1000, '')
  sink.closed(1000, '')
  for (let place = 0; place < 2; place++) assert.ok(!('code' in sessions.admit(plain, source()).answer))
  assert.equal(refusalOf(sessions.admit(plain, source()).answer).code, 'ES_ERR_CAPACITY')
})

test('ES-1.22, ES-1.25: connections are counted by address, IPv6 by its /64, or by what connectionKey returns', () => {
  const { sessions } = createEngine({ maxConnectionsPerKey: 1 })
  const from = (remoteAddress: string) => sessions.admit(plain, source({ remoteAddress })).answer
  assert.ok(!('code' in from('1.2.3.4')))
  assert.equal(refusalOf(from('::ffff:1.2.3.4')).status, 429)
  assert.equal(refusalOf(from('1.2.3.4')).headers['Retry-After'], '5')
  assert.ok(!('code' in from('2001:db8::1')))
  assert.equal(refusalOf(from('2001:db8::2')).code, 'ES_ERR_KEY_CAPACITY')
  assert.ok(!('code' in from('2001:db8:0:1::1')))
  const keyed = createEngine({
    maxConnectionsPerKey: 1,
    connectionKey: ({ query }) => query.get('user') ?? (undefined as unknown as string),
  })
  const as = (target: string) => keyed.sessions.admit(plain, source({ target })).answer
  assert.ok(!('code' in as('/?user=a')))
  assert.equal(refusalOf(as('/?user=a')).status, 429)
  assert.ok(!('code' in as('/?user=b')))
  assert.ok(!('code' in as('/')))
  assert.equal(refusalOf(as('/')).status, 429)
})

test('H14: a connectionKey that returns no string is a fault, not a way around the cap', () => {
  for (const key of [5, {}, Symbol('x'), null, Promise.resolve('a'), Promise.reject(new Error('x'))]) {
    const { sessions, errors } = createEngine({
      maxConnectionsPerKey: 1,
      connectionKey: () => key as string,
    })
    assert.equal(refusalOf(sessions.admit(plain, source()).answer).status, 500)
    assert.equal((errors[0] as [string, { code: string }])[1].code, 'ES_ERR_OPTION')
  }
})

test('a connectionKey or predicate that throws is answered with 500 and holds no place', () => {
  const fail = () => {
    throw new Error('canary')
  }
  for (const options of [{ connectionKey: fail, maxConnectionsPerKey: 5 }, { allowedOrigins: fail }]) {
    const { sessions, errors } = createEngine(options)
    const request = 'allowedOrigins' in options ? { headers: { origin: 'https://a.test' } } : {}
    assert.equal(refusalOf(sessions.admit(plain, source(request)).answer).status, 500)
    assert.equal(errors.length, 1)
    assert.equal(sessions.counters().pending, 0)
  }
})

test('ES-1.20: the gates come in order: drain, handshake, origin, subprotocol, caps, authorize', () => {
  const asked: string[] = []
  const definition = defineSession({
    authorize: () => void asked.push('authorize'),
    subprotocols: ['chat'],
    requireSubprotocol: true,
  })
  const { sessions } = createEngine({
    maxConnections: 1,
    allowedOrigins: (origin) => {
      asked.push(origin)
      return origin === 'https://good.test'
    },
  })
  const codeFor = (request: MemoryRequest) => {
    const { answer } = sessions.admit(definition, source(request))
    return 'code' in answer ? answer.code : 'none'
  }
  const headers = { origin: 'https://good.test' }
  assert.equal(codeFor({ method: 'POST', headers: { origin: 'https://evil.test' } }), 'ES_ERR_METHOD')
  assert.equal(asked.length, 0)
  assert.equal(codeFor({ headers: { origin: 'https://evil.test' } }), 'ES_ERR_ORIGIN')
  assert.equal(codeFor({ headers }), 'ES_ERR_SUBPROTOCOL')
  assert.equal(asked.includes('authorize'), false)
  assert.equal(codeFor({ headers, subprotocols: ['chat'] }), 'none')
  assert.equal(asked.filter((name) => name === 'authorize').length, 1)
  assert.equal(codeFor({ headers, subprotocols: ['chat'] }), 'ES_ERR_CAPACITY')
  assert.equal(asked.filter((name) => name === 'authorize').length, 1)
  void sessions.drain()
  assert.equal(codeFor({ method: 'POST' }), 'ES_ERR_DRAINING')
})

test('ES-1.35, ES-1.36: the first subprotocol of the server that is offered is chosen, and none that is not', () => {
  const { sessions } = createEngine()
  const chosen = (server: readonly string[], client: readonly string[] | undefined) => {
    const request = client === undefined ? {} : { subprotocols: client }
    const { answer } = sessions.admit(defineSession({ subprotocols: server }), source(request))
    return 'protocol' in answer ? answer.protocol : 'refused'
  }
  assert.equal(chosen(['b', 'a'], ['a', 'b']), 'b')
  assert.equal(chosen(['c'], ['a', 'b']), '')
  assert.equal(chosen([], ['token.secret']), '')
  assert.equal(chosen(['a'], undefined), '')
  assert.equal(chosen(['constructor', '__proto__'], ['__proto__', 'toString']), '__proto__')
  assert.equal(chosen(['A'], ['a']), '')
})

test('ES-9.3, H12: each refusal is told once, with its path and address and nothing secret', () => {
  const { sessions, rejections } = createEngine()
  sessions.admit(plain, source({ target: '/a?token=canary', headers: { origin: 'https://evil.test' } }))
  assert.deepEqual(rejections, [
    { code: 'ES_ERR_ORIGIN', status: 403, path: '/a', remoteAddress: '127.0.0.1' },
  ])
  const { rejected, rejectedByCode, opened } = sessions.counters()
  assert.deepEqual([rejected, rejectedByCode.ES_ERR_ORIGIN, opened], [1, 1, 0])
})

test('ES-8.2: an authorize that drains the server from within is refused, and its place given back once', async () => {
  for (const result of ['sync', Promise.resolve('async')]) {
    const { sessions, clock } = createEngine({ maxConnections: 1 })
    const definition = defineSession({
      authorize() {
        void sessions.drain()
        return result
      },
    })
    const attempt = sessions.admit(definition, source())
    const answer = await attempt.answer
    assert.ok(!answer.accepted)
    assert.equal(answer.code, 'ES_ERR_DRAINING')
    assert.throws(() => attempt.open(new RecordingPort()), { code: 'ES_ERR_BINDING' })
    assert.equal((await sessions.drain()).aborted, 1)
    assert.equal(clock.pending, 0)
  }
})

test('ES-8.1: a predicate that drains the server lets nobody in', () => {
  const { sessions } = createEngine({
    allowedOrigins: () => {
      void sessions.drain()
      return true
    },
  })
  const { answer } = sessions.admit(plain, source({ headers: { origin: 'https://a.test' } }))
  assert.equal(refusalOf(answer).code, 'ES_ERR_DRAINING')
})

test('H14: of many handshakes at once exactly as many are let in as the cap says, round after round', async () => {
  const { sessions } = createEngine({ maxConnections: 100 })
  const definition = defineSession({
    async authorize(request) {
      await settle()
      if (request.query.get('n')?.endsWith('7')) throw new Error('boom')
    },
  })
  for (let round = 0; round < 5; round++) {
    const attempts = Array.from({ length: 500 }, (_, n) =>
      sessions.admit(definition, source({ target: `/?n=${n}` })),
    )
    assert.equal(sessions.counters().pending, 100)
    for (const attempt of attempts.filter((_, n) => n % 5 === 0)) attempt.abandon()
    const answers = await Promise.all(attempts.map(({ answer }) => answer))
    const sinks = attempts
      .filter((_, n) => answers[n]?.accepted)
      .map((attempt) => attempt.open(new RecordingPort()))
    assert.ok(sinks.length <= 100)
    for (const { sink, start } of sinks) {
      start()
      sink.closed(1006, '')
    }
    const { pending, active } = sessions.counters()
    assert.deepEqual([pending, active], [0, 0])
  }
})
