import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type CloseEvent, defineSession, type HandlerPhase, type SessionHandler } from '../dist/index.js'
import { type OpenedSession, settle, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

const stray: unknown[] = []
const hear = (error: unknown) => void stray.push(error)

beforeEach(() => {
  process.on('unhandledRejection', hear)
  process.on('uncaughtException', hear)
})

afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.removeListener('unhandledRejection', hear)
  process.removeListener('uncaughtException', hear)
  assert.deepEqual(stray.splice(0), [], 'an error has reached the process')
})

const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
const throwing = (name: string) => () => {
  throw new Error(`${name} looked at`)
}
const hostile = new Proxy(
  {},
  {
    get: throwing('get'),
    has: throwing('has'),
    getPrototypeOf: throwing('prototype'),
    ownKeys: throwing('keys'),
    getOwnPropertyDescriptor: throwing('descriptor'),
  },
)

/** What a handler may throw. */
const thrown: readonly [string, unknown][] = [
  ['an Error', new Error('boom')],
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['a string', 'boom'],
  ['a symbol', Symbol('boom')],
  ['a frozen object', Object.freeze({ code: 'ES_ERR_REJECTED' })],
  ['a function', () => {}],
  ['a revoked proxy', revoked],
  ['a proxy that throws at everything', hostile],
  [
    'an error whose stack throws',
    Object.defineProperty(new Error('boom'), 'stack', { get: throwing('stack') }),
  ],
  [
    'an error whose message throws',
    Object.defineProperty(new Error(), 'message', { get: throwing('message') }),
  ],
  ['a promise', Promise.resolve('thrown')],
]

// The property is named by a value: the linter takes a literal `then` for a mistake, and here it is the point.
const THEN = 'then'

function thenable(then: (resolve: () => void, refuse: (error: unknown) => void) => void): object {
  return { [THEN]: then }
}

function deceitfulPromise(then: () => unknown): Promise<void> {
  return Object.defineProperty(Promise.resolve(), THEN, { value: then })
}

/** How a handler may fail with it. */
const ways: readonly [string, (value: unknown) => unknown][] = [
  [
    'throws',
    (value) => {
      throw value
    },
  ],
  ['rejects with', (value) => Promise.reject(value)],
  [
    'rejects later with',
    async (value) => {
      await settle()
      throw value
    },
  ],
  ['returns a thenable that rejects with', (value) => thenable((_, refuse) => refuse(value))],
  [
    'returns a thenable that throws',
    (value) =>
      thenable(() => {
        throw value
      }),
  ],
  [
    'returns something whose then throws',
    (value) =>
      Object.defineProperty({}, THEN, {
        get: () => {
          throw value
        },
      }),
  ],
]

type Callback = 'open' | 'message' | 'ping' | 'pong' | 'drain'

const triggers: Readonly<Record<Callback, (opened: OpenedSession) => void>> = {
  open: () => {},
  message: ({ receive }) => receive('x'),
  ping: ({ sink }) => sink.ping(new Uint8Array(1)),
  pong: ({ sink }) => sink.pong(new Uint8Array(1)),
  drain: ({ session, port }) => {
    port.holding = true
    session.send('x'.repeat(100_000))
    port.release()
  },
}

interface Told {
  readonly error: unknown
  readonly phase: HandlerPhase
}

for (const callback of Object.keys(triggers) as Callback[]) {
  for (const [how, fail] of ways) {
    test(`R5: a ${callback} callback that ${how} anything is told to error and to observers, and ends its session with 1011`, async () => {
      for (const [name, value] of thrown) {
        const told: Told[] = []
        const errors: unknown[] = []
        const events: CloseEvent[] = []
        const handler: SessionHandler = {
          [callback]: () => fail(value),
          error: (_, error) => void errors.push(error),
          close: (_, event) => void events.push(event),
        }
        const opened = startSession(handler, {
          observer: { onError: (error, phase) => void told.push({ error, phase }) },
        })
        triggers[callback](opened)
        opened.receive('never delivered')
        for (let turn = 0; turn < 3; turn++) await settle()
        assert.equal(told.length, 1, name)
        assert.equal(told[0]?.phase, callback)
        assert.ok(Object.is(told[0]?.error, value), name)
        assert.equal(errors.length, 1)
        assert.ok(Object.is(errors[0], value), name)
        assert.equal(opened.port.calls.at(-1), 'close 1011 A handler threw or rejected.')
        opened.sink.closed(1011, '')
        await settle()
        assert.deepEqual(events, [{ code: 1011, reason: 'A handler threw or rejected.', clean: true }])
        assert.equal(opened.sessions.counters().handlerErrors, 1)
        assert.equal(opened.clock.pending, 0)
        assert.equal((await opened.sessions.drain()).abandonedHandlers, 0)
      }
    })
  }
}

for (const [how, fail] of ways) {
  test(`R5: a read loop that ${how} anything ends its session with 1011`, async () => {
    for (const [name, value] of thrown) {
      const told: Told[] = []
      const opened = startSession(
        defineSession(() => fail(value)),
        { observer: { onError: (error, phase) => void told.push({ error, phase }) } },
      )
      for (let turn = 0; turn < 3; turn++) await settle()
      assert.deepEqual(
        told.map(({ phase }) => phase),
        ['run'],
        name,
      )
      assert.match(opened.port.calls.at(-1) as string, /^close 1011/)
      opened.sink.closed(1011, '')
      await settle()
      assert.equal((await opened.sessions.drain()).abandonedHandlers, 0)
    }
  })

  test(`ES-7.6: a close callback that ${how} anything is told to observers alone, and nothing is called after it`, async () => {
    for (const [name, value] of thrown) {
      const told: Told[] = []
      const errors: unknown[] = []
      const opened = startSession(
        { close: () => fail(value), error: (_, error) => void errors.push(error) },
        { observer: { onError: (error, phase) => void told.push({ error, phase }) } },
      )
      opened.sink.closed(1000, '')
      for (let turn = 0; turn < 3; turn++) await settle()
      assert.deepEqual(
        told.map(({ phase }) => phase),
        ['close'],
        name,
      )
      assert.equal(errors.length, 0)
      assert.equal((await opened.sessions.drain()).abandonedHandlers, 0)
    }
  })

  test(`ES-7.6: an error callback that ${how} anything is told to observers alone`, async () => {
    for (const [name, value] of thrown) {
      const told: Told[] = []
      const opened = startSession(
        {
          message: () => {
            throw new Error('first')
          },
          error: () => fail(value),
        },
        { observer: { onError: (error, phase) => void told.push({ error, phase }) } },
      )
      opened.receive('x')
      for (let turn = 0; turn < 3; turn++) await settle()
      assert.deepEqual(
        told.map(({ phase }) => phase),
        ['message', 'error'],
        name,
      )
      assert.match(opened.port.calls.at(-1) as string, /^close 1011/)
      opened.sink.closed(1011, '')
      await settle()
      assert.equal((await opened.sessions.drain()).abandonedHandlers, 0)
    }
  })
}

test('R5: what nobody listens for is said once on the console, however hostile it is', async (t) => {
  const said: unknown[][] = []
  t.mock.method(console, 'error', (...args: unknown[]) => {
    // As the console does, which looks at everything that it shows.
    for (const arg of args) if (arg instanceof Error) void arg.stack
    said.push(args)
  })
  for (const [name, value] of thrown) {
    said.length = 0
    const opened = startSession(
      {
        message: () => {
          throw value
        },
      },
      { observer: {} },
    )
    opened.receive('x')
    await settle()
    assert.equal(said.length, 1, name)
    assert.match(String(said[0]?.[0]), /^EchoSession: message failed:/)
    assert.equal(opened.session.state, 'closing')
  }
})

test('R5: the real console survives whatever was thrown', async () => {
  for (const [, value] of thrown) {
    const write = process.stderr.write
    process.stderr.write = () => true
    try {
      const opened = startSession(
        {
          message: () => {
            throw value
          },
        },
        { observer: {} },
      )
      opened.receive('x')
      assert.equal(opened.session.state, 'closing')
    } finally {
      process.stderr.write = write
    }
  }
})

test('nothing is said on the console when a handler or an observer has heard of it', (t) => {
  const said = t.mock.method(console, 'error', () => {})
  const fail = () => {
    throw new Error('boom')
  }
  for (const [handler, observer] of [
    [{ message: fail, error() {} }, {}],
    [{ message: fail }, { onError() {} }],
  ] as const) {
    startSession(handler, { observer }).receive('x')
  }
  assert.equal(said.mock.callCount(), 0)
})

test('ES-7.10: error may close the session with another code', () => {
  const { receive, port } = startSession({
    message: () => {
      throw new Error('boom')
    },
    error: (session) => session.close(4400, 'mine'),
  })
  receive('x')
  assert.deepEqual(port.calls, ['close 4400 mine'])
})

for (const [how, fail] of ways.slice(0, 3)) {
  test(`an error callback that takes its time, of a handler that ${how} something, is waited for before close`, async () => {
    const log: string[] = []
    const { receive, sink } = startSession({
      message: () => fail(new Error('boom')),
      error: async () => {
        await settle()
        log.push('end of error')
      },
      close: () => void log.push('close'),
    })
    receive('x')
    await settle()
    sink.closed(1011, '')
    for (let turn = 0; turn < 3; turn++) await settle()
    assert.deepEqual(log, ['end of error', 'close'])
  })
}

const plain: readonly [string, unknown][] = [
  ['true', true],
  ['a number', 5],
  ['an object', { a: 1 }],
  ['an array', [1]],
  ['a function', () => {}],
  ['an object whose then is no function', JSON.parse('{"then": 1}')],
]

for (const [name, value] of plain) {
  test(`a callback that returns ${name} has returned: the next message is not kept waiting`, () => {
    const log: string[] = []
    const { receive } = startSession({
      message: (_, message) => {
        log.push(message.text())
        return value
      },
    })
    receive('a')
    receive('b')
    assert.deepEqual(log, ['a', 'b'])
  })
}

test('G17: calls that never settle keep their own session waiting, and no other', async () => {
  const never = [new Promise(() => {}), thenable(() => {})]
  for (const result of never) {
    const stuck = startSession({ message: () => result })
    stuck.receive('a')
    stuck.receive('b')
    await settle()
    const other = startSession({ message: (session, message) => session.send(message) })
    other.receive('c')
    assert.deepEqual(other.port.calls, ['send text'])
    stuck.sink.closed(1006, '')
    assert.equal(stuck.sessions.size, 0)
  }
})

test('a promise whose own then is a lie is waited for all the same', async () => {
  const log: string[] = []
  const { receive } = startSession({
    message: (_, message) => {
      log.push(message.text())
      return deceitfulPromise(() => 5)
    },
  })
  receive('a')
  receive('b')
  await settle()
  assert.deepEqual(log, ['a', 'b'])
})

test('ES-7.12: of two sessions of one definition the one that fails ends', () => {
  const definition = defineSession({
    message: (_, message) => {
      if (message.text() === 'bad') throw new Error('boom')
    },
    error() {},
  })
  const first = startSession(definition)
  const second = startSession(definition, {}, new RecordingPort())
  first.receive('bad')
  second.receive('good')
  assert.equal(first.session.state, 'closing')
  assert.equal(second.session.state, 'open')
})

test('callbacks are called on the object that they came with', () => {
  class Room {
    readonly log: string[] = []
    message(): void {
      this.log.push('message')
    }
  }
  const room = new Room()
  // The field is no callback: what is handed over are the methods.
  const { receive } = startSession({ message: () => room.message() })
  receive('x')
  assert.deepEqual(room.log, ['message'])
  const handler = {
    open(): void {
      assert.equal(this, handler)
    },
  }
  startSession(handler)
})
