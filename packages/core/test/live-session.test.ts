import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { defineSession, type EchoSession, reject, type SessionHandler } from '../dist/index.js'
import { connect } from '../dist/memory/index.js'
import { type OpenedSession, openSession, settle, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

/** Notes every call of a handler, in the order in which it was made. */
function logging(handler: SessionHandler = {}): { readonly log: string[]; readonly handler: SessionHandler } {
  const log: string[] = []
  return {
    log,
    handler: {
      open(session) {
        log.push(`open ${session.state}`)
        return handler.open?.(session)
      },
      message(session, message) {
        log.push(message.text())
        return handler.message?.(session, message)
      },
      close(session, event) {
        log.push(`close ${event.code} ${event.reason} ${event.clean}`.replace('  ', ' '))
        return handler.close?.(session, event)
      },
      error(session, error) {
        log.push(`error ${(error as Error | undefined)?.message}`)
        return handler.error?.(session, error)
      },
    },
  }
}

function gate(): { readonly promise: Promise<void>; open(): void; fail(error: unknown): void } {
  let open = () => {}
  let fail: (error: unknown) => void = () => {}
  const promise = new Promise<void>((resolve, refuse) => {
    open = resolve
    fail = refuse
  })
  return { promise, open, fail }
}

test('ES-2.1: open is called first, in the state opening, and the session is open when it has returned', () => {
  const { log, handler } = logging()
  const { session, start } = openSession(handler)
  assert.equal(session.state, 'opening')
  start()
  start()
  assert.equal(session.state, 'open')
  assert.deepEqual(log, ['open opening'])
})

test('ES-2.2: messages wait for an open that takes its time, though they come before it is called', async () => {
  const opening = gate()
  const { log, handler } = logging({ open: () => opening.promise })
  const { session, start, receive } = openSession(handler)
  receive('early')
  start()
  receive('late')
  await settle()
  assert.equal(session.state, 'opening')
  assert.deepEqual(log, ['open opening'])
  opening.open()
  await settle()
  assert.equal(session.state, 'open')
  assert.deepEqual(log, ['open opening', 'early', 'late'])
})

test('ES-6.15: a peer that leaves while open is pending gets its messages handled and one close, after it', async () => {
  const opening = gate()
  const { log, handler } = logging({ open: () => opening.promise })
  const { sink, receive, sessions } = startSession(handler)
  receive('a')
  sink.closed(1001, 'away')
  await settle()
  assert.equal(sessions.size, 0)
  assert.deepEqual(log, ['open opening'])
  opening.open()
  await settle()
  assert.deepEqual(log, ['open opening', 'a', 'close 1001 away true'])
})

test('ES-6.13: a connection that is gone before its session was started opens and closes, in that order', () => {
  const events: string[] = []
  const { log, handler } = logging()
  const opened = openSession(handler, {
    observer: { onOpen: () => void events.push('onOpen'), onClose: () => void events.push('onClose') },
  })
  opened.receive('a')
  opened.sink.closed(1006, '')
  opened.start()
  assert.deepEqual(log, ['open opening', 'a', 'close 1006 false'])
  assert.deepEqual(events, ['onOpen', 'onClose'])
  assert.equal(opened.sessions.counters().opened, 1)
  assert.equal(opened.sessions.counters().closed, 1)
})

test('ES-6.13: a session that is terminated within open, by a transport that ends at once, closes after it', () => {
  const port = new RecordingPort()
  port.closesAtOnce = true
  const { log, handler } = logging({
    open: (session) => {
      session.terminate()
      log.push('end of open')
    },
  })
  startSession(handler, {}, port)
  assert.deepEqual(log, ['open opening', 'end of open', 'close 1006 false'])
})

test('ES-6.13: what the transport reports after the end changes nothing', () => {
  const { log, handler } = logging()
  const { sink, receive, sessions } = startSession(handler)
  sink.closed(1000, '')
  sink.closed(1006, '')
  receive('late')
  sink.ping(new Uint8Array(0))
  sink.pong(new Uint8Array(0))
  sink.drain()
  sink.unfinished(true)
  assert.deepEqual(log, ['open opening', 'close 1000 true'])
  assert.equal(sessions.counters().closed, 1)
})

const endings: readonly [string, (opened: OpenedSession) => void, string][] = [
  ['the peer closes', ({ sink }) => sink.closed(1000, 'bye'), '1000 bye true'],
  ['the peer closes without a code', ({ sink }) => sink.closed(1005, ''), '1005 true'],
  ['the connection is lost', ({ sink }) => sink.closed(1006, ''), '1006 false'],
  [
    'this side closes',
    ({ session, sink }) => {
      session.close(4001, 'enough')
      sink.closed(4001, '')
    },
    '4001 enough true',
  ],
  [
    'both close',
    ({ session, sink }) => {
      session.close(4001, 'mine')
      sink.closed(1001, 'theirs')
    },
    '4001 mine true',
  ],
  [
    'the peer never answers a close',
    ({ session, sink }) => {
      session.close(4001)
      sink.closed(1006, '')
    },
    '4001 false',
  ],
  [
    'this side closes twice',
    ({ session, sink }) => {
      session.close(4001, 'first')
      session.close(4002, 'second')
      sink.closed(4001, '')
    },
    '4001 first true',
  ],
  [
    'this side terminates',
    ({ session, sink }) => {
      session.terminate()
      sink.closed(1006, '')
    },
    '1006 false',
  ],
  [
    'this side terminates after a close',
    ({ session, sink }) => {
      session.close(4001, 'first')
      session.terminate()
      sink.closed(1006, '')
    },
    '4001 first false',
  ],
  [
    'the transport closes because of the peer',
    ({ sink }) => {
      sink.error(new Error('bad frame'), 1002)
      sink.closed(1006, '')
    },
    '1002 false',
  ],
]

for (const [name, end, event] of endings) {
  test(`ES-6.7: when ${name}, the session closes with ${event}`, () => {
    const { log, handler } = logging()
    const opened = startSession(handler)
    end(opened)
    assert.deepEqual(log.slice(1), [`close ${event}`])
    assert.equal(opened.session.state, 'closed')
    assert.equal(opened.clock.pending, 0)
  })
}

test('R6: a code that may not be sent is a TypeError and leaves the session as it is; a reason is cut', () => {
  const { session, port } = startSession({})
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, '1000']) {
    assert.throws(() => session.close(code as number), { name: 'TypeError', code: 'ES_ERR_CLOSE_ARGUMENT' })
  }
  assert.throws(() => session.close(1000, 5 as unknown as string), { code: 'ES_ERR_CLOSE_ARGUMENT' })
  assert.equal(session.state, 'open')
  assert.deepEqual(port.calls, [])
  session.close(1000, `${'a'.repeat(122)}é`)
  assert.deepEqual(port.calls, [`close 1000 ${'a'.repeat(122)}`])
})

test('ES-6.8, ES-6.16: a closing session hears nothing more, and reads on to see the close frame of the peer', () => {
  const { log, handler } = logging({ message: () => new Promise<void>(() => {}) })
  const { session, port, receive } = startSession(handler, { maxQueuedMessages: 1 })
  receive('a')
  receive('b')
  assert.equal(port.paused, true)
  session.close()
  assert.equal(session.state, 'closing')
  assert.equal(port.paused, false)
  receive('c')
  assert.deepEqual(log, ['open opening', 'a'])
})

test('ES-2.6: on a transport that cannot pause, a flood ends with 1008 before what waits grows without bound', () => {
  const port = new RecordingPort({ pause: false })
  const { session, receive, sessions } = startSession(
    { message: () => new Promise<void>(() => {}) },
    { maxQueuedMessages: 2 },
    port,
  )
  for (let count = 0; count < 10_000; count++) receive('x')
  assert.equal(session.state, 'closing')
  assert.ok(sessions.counters().messagesIn < 200)
  assert.match(port.calls.at(-1) as string, /^close 1008/)
})

test('ES-4.2: a message of the limit is delivered, one byte more ends the session with 1009', () => {
  const { log, handler } = logging()
  const { receive, port } = startSession(handler, { maxMessageBytes: 3 })
  receive('abc')
  receive('abcd')
  receive('abc')
  assert.deepEqual(log, ['open opening', 'abc'])
  assert.deepEqual(port.calls, ['close 1009 A message is larger than maxMessageBytes.'])
})

test('ES-4.6: messages, pings and pongs beyond the rate end the session with 1008, after a burst of a second', () => {
  const { receive, sink, clock, session } = startSession({}, { maxMessagesPerSecond: 3 })
  receive('a')
  sink.ping(new Uint8Array(0))
  sink.pong(new Uint8Array(0))
  clock.advance(1_000)
  for (let count = 0; count < 3; count++) receive('b')
  assert.equal(session.state, 'open')
  receive('c')
  assert.equal(session.state, 'closing')
})

test('ES-4.7: bytes beyond the rate end the session with 1008, and what is too much is not delivered', () => {
  const { log, handler } = logging()
  const { receive, port } = startSession(handler, { maxBytesPerSecond: 5 })
  receive('12345')
  receive('6')
  assert.deepEqual(log, ['open opening', '12345'])
  assert.match(port.calls.at(-1) as string, /^close 1008/)
})

test('ES-5.10, ES-2.8: a ping is answered at once with its payload, though a handler call is pending', () => {
  const { port, receive, sink } = startSession({ message: () => new Promise<void>(() => {}) })
  receive('a')
  sink.ping(new Uint8Array(7))
  assert.deepEqual(port.calls, ['pong 7'])
})

test('ES-2.9: ping and pong are called in turn with the messages', async () => {
  const log: string[] = []
  const first = gate()
  const { receive, sink } = startSession({
    message: (_, message) => {
      log.push(message.text())
      return message.text() === 'a' ? first.promise : undefined
    },
    ping: (_, payload) => void log.push(`ping ${payload.length}`),
    pong: (_, payload) => void log.push(`pong ${payload.length}`),
  })
  receive('a')
  sink.ping(new Uint8Array(1))
  receive('b')
  sink.pong(new Uint8Array(2))
  assert.deepEqual(log, ['a'])
  first.open()
  await settle()
  assert.deepEqual(log, ['a', 'ping 1', 'b', 'pong 2'])
})

test('ES-7.11: after a failure only close is called, whatever waited', async () => {
  const log: string[] = []
  const first = gate()
  const { receive, sink } = startSession({
    message: () => first.promise,
    ping: () => void log.push('ping'),
    error: () => void log.push('error'),
    close: () => void log.push('close'),
  })
  receive('a')
  receive('b')
  sink.ping(new Uint8Array(0))
  first.fail(new Error('boom'))
  await settle()
  sink.ping(new Uint8Array(0))
  sink.closed(1011, '')
  await settle()
  assert.deepEqual(log, ['error', 'close'])
})

test('P6: a flood of pings to a slow ping callback stops the reading', () => {
  const { sink, port } = startSession({ ping: () => new Promise<void>(() => {}) }, { maxQueuedMessages: 4 })
  for (let ping = 0; ping < 6; ping++) sink.ping(new Uint8Array(0))
  assert.equal(port.paused, true)
})

test('ES-2.15: the signal is aborted when the connection is gone, not before, and is so when first asked for later', () => {
  const { session, sink } = startSession({})
  const { signal } = session
  session.close()
  assert.equal(signal.aborted, false)
  sink.closed(1000, '')
  assert.equal(signal.aborted, true)
  const other = startSession({})
  other.sink.closed(1000, '')
  assert.equal(other.session.signal.aborted, true)
})

test('ES-2.11, ES-2.12: a read loop gets every message, and its end is the end of the session', async () => {
  const log: string[] = []
  const definition = defineSession(async (session) => {
    for await (const message of session) {
      log.push(message.text())
      if (message.text() === 'stop') break
    }
    log.push('end of loop')
  })
  const { receive, port } = startSession(definition)
  for (const text of ['a', 'b', 'stop', 'never']) receive(text)
  await settle()
  assert.deepEqual(log, ['a', 'b', 'stop', 'end of loop'])
  assert.deepEqual(port.calls, ['close 1000'])
})

test('ES-2.12: a read loop ends when this side closes, and when the peer does, after what it sent', async () => {
  for (const end of ['local', 'peer'] as const) {
    const log: string[] = []
    const definition = defineSession(async (session) => {
      for await (const message of session) {
        await settle()
        log.push(message.text())
      }
      log.push(`end ${session.state}`)
    })
    const { receive, sink, session, sessions } = startSession(definition)
    receive('a')
    receive('b')
    if (end === 'local') session.close()
    else sink.closed(1000, '')
    await settle()
    await settle()
    await settle()
    assert.deepEqual(log, end === 'local' ? ['a', 'end closing'] : ['a', 'b', 'end closed'])
    sink.closed(1000, '')
    await settle()
    await sessions.drain()
  }
})

test('ES-8.5: a read loop that ends with messages unread does not keep a drain waiting', async () => {
  const loop = gate()
  const { receive, sink, sessions, clock } = startSession(defineSession(() => loop.promise))
  receive('a')
  receive('b')
  sink.closed(1000, '')
  const report = sessions.drain()
  loop.open()
  const { abandonedHandlers } = await report
  assert.equal(abandonedHandlers, 0)
  assert.equal(clock.pending, 0)
})

test('ES-2.11: a function that is over at once ends the session with 1000', () => {
  const { port, session } = startSession(defineSession(() => {}))
  assert.deepEqual(port.calls, ['close 1000'])
  assert.equal(session.state, 'closing')
})

test('a session that an observer closes before it is started stays closing', () => {
  const log: string[] = []
  const { session } = startSession(
    defineSession(async (own) => {
      log.push(own.state)
      for await (const message of own) log.push(message.text())
    }),
    { observer: { onOpen: (opened) => opened.close(4000) } },
  )
  assert.equal(session.state, 'closing')
  assert.deepEqual(log, ['closing'])
})

test('ES-2.13: a session whose messages go to a callback cannot be iterated', () => {
  const { session } = startSession({})
  assert.throws(() => session[Symbol.asyncIterator](), { name: 'TypeError', code: 'ES_ERR_HANDLER' })
})

test('ES-2.16: sessions has every session from its open to its end, each with an id of its own', async () => {
  const first = startSession({})
  const { sessions } = first
  const second = openSession({}, {}, new RecordingPort(), sessions)
  second.start()
  const ids = [...sessions].map(({ id }) => id)
  assert.equal(new Set(ids).size, 2)
  assert.equal(sessions.size, 2)
  for (const session of sessions) session.terminate()
  first.sink.closed(1006, '')
  assert.deepEqual(
    [...sessions].map(({ id }) => id),
    [second.session.id],
  )
})

test('G16: neither JSON nor the console shows principal, context, headers or query', async () => {
  let session: EchoSession | undefined
  const definition = defineSession({
    authorize: () => ({ token: 'canary' }),
    open: (opened) => {
      session = opened
    },
  })
  await connect(definition, {
    target: '/a?token=canary',
    headers: { cookie: 'canary=1' },
    context: { secret: 'canary' },
  })
  assert.doesNotMatch(JSON.stringify(session), /canary/)
  assert.doesNotMatch(inspect(session, { depth: 10, showHidden: true }), /canary/)
  assert.match(inspect(session), /state: 'open'/)
})

test('an error of the transport gets a code of the table, with its own as the cause', () => {
  const errors: { code: string; closeCode?: number; cause?: unknown }[] = []
  const observer = { onError: (error: unknown) => void errors.push(error as (typeof errors)[number]) }
  const reset = new Error('read ECONNRESET')
  const cases: readonly [unknown, number | undefined, string, number][] = [
    [reset, undefined, 'ES_ERR_TRANSPORT', 1006],
    [undefined, undefined, 'ES_ERR_TRANSPORT', 1006],
    [reset, 1002, 'ES_ERR_PROTOCOL', 1002],
    [reset, 1007, 'ES_ERR_PROTOCOL', 1007],
    [reset, 1008, 'ES_ERR_PROTOCOL', 1008],
    [reset, 1009, 'ES_ERR_MESSAGE_BYTES', 1009],
  ]
  for (const [error, closeCode, code, expected] of cases) {
    const { sink } = startSession({}, { observer })
    sink.error(error, closeCode)
    const told = errors.pop()
    assert.deepEqual([told?.code, told?.closeCode], [code, expected])
    assert.equal(told?.cause, error)
  }
})

test('a refusal within a session is an ordinary error, not an answer', () => {
  const { log, handler } = logging({ message: () => reject(401) })
  const { receive, port } = startSession(handler)
  receive('a')
  assert.match(log.at(-1) as string, /^error authorize rejected/)
  assert.match(port.calls.at(-1) as string, /^close 1011/)
})
