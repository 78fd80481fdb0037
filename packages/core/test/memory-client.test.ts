import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSessions,
  defineSession,
  type EchoSession,
  EchoSessionError,
  type Refusal,
  reject,
} from '../dist/index.js'
import { connect, createManualClock, type MemoryClient } from '../dist/memory/index.js'
import { settle } from './open-session.js'

const echo = defineSession({ message: (session, message) => session.send(message) })

async function texts(client: MemoryClient): Promise<string[]> {
  const received: string[] = []
  for await (const message of client) received.push(message.text())
  return received
}

test('messages come back as the type that they went as, byte for byte', async () => {
  const client = await connect(echo)
  client.send('héllo')
  client.send(Uint8Array.of(0, 255))
  client.send(new ArrayBuffer(0))
  client.send('')
  const received = [await client.next(), await client.next(), await client.next(), await client.next()]
  assert.deepEqual(
    received.map((message) => [message?.type, [...(message?.bytes ?? [])]]),
    [
      ['text', [...new TextEncoder().encode('héllo')]],
      ['binary', [0, 255]],
      ['binary', []],
      ['text', []],
    ],
  )
  client.close(1000, 'bye')
  assert.deepEqual(await client.closed, { code: 1000, reason: 'bye', clean: true })
})

test('ES-6.14: a client that sends and closes gets every answer that was sent before the close reached the session', async () => {
  const client = await connect(echo)
  for (let count = 0; count < 10; count++) client.send(`${count}`)
  client.close(1000)
  client.send('after the close')
  assert.deepEqual(await texts(client), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

test('what the session sends before it closes arrives before its close frame', async () => {
  const client = await connect(
    defineSession({
      open(session) {
        session.send('a')
        session.send('b')
        session.close(4000, 'done')
        session.send('c')
      },
    }),
  )
  assert.deepEqual(await texts(client), ['a', 'b'])
  assert.deepEqual(await client.closed, { code: 4000, reason: 'done', clean: true })
})

test('a Buffer that is changed after it was sent does not change the message', async () => {
  const bytes = Buffer.from('abc')
  const client = await connect(
    defineSession({
      open(session) {
        session.send(bytes)
        bytes.fill(0)
      },
      message: (session, message) => session.send(message),
    }),
  )
  assert.equal((await client.next())?.text(), 'abc')
  const own = Buffer.from('xyz')
  client.send(own)
  own.fill(0)
  assert.equal((await client.next())?.text(), 'xyz')
})

test('a close without a code is 1005 at both ends', async () => {
  const codes: number[] = []
  const client = await connect(defineSession({ close: (_, { code }) => void codes.push(code) }))
  client.close()
  assert.deepEqual(await client.closed, { code: 1005, reason: '', clean: true })
  assert.deepEqual(codes, [1005])
})

test('both ends may close at once', async () => {
  const events: unknown[] = []
  let session: EchoSession | undefined
  const client = await connect(
    defineSession({
      open: (opened) => {
        session = opened
      },
      close: (_, event) => void events.push(event),
    }),
  )
  client.close(4001, 'client')
  session?.close(4002, 'server')
  const seen = await client.closed
  assert.equal(seen.clean, true)
  assert.deepEqual(events, [{ code: 4002, reason: 'server', clean: true }])
})

test('either end may drop the connection: 1006, not clean', async () => {
  for (const end of ['client', 'server'] as const) {
    const events: unknown[] = []
    const client = await connect(
      defineSession({
        message: (session) => session.terminate(),
        close: (_, event) => void events.push(event),
      }),
    )
    if (end === 'client') client.terminate()
    else client.send('drop me')
    assert.deepEqual(await client.closed, { code: 1006, reason: '', clean: false })
    assert.equal(await client.next(), undefined)
    await settle()
    assert.deepEqual(events, [{ code: 1006, reason: '', clean: false }])
  }
})

test('what has arrived can still be read after the end', async () => {
  const client = await connect(defineSession({ open: (session) => void session.send('a') }))
  await settle()
  client.terminate()
  assert.equal((await client.next())?.text(), 'a')
  assert.equal(await client.next(), undefined)
})

for (const [what, end, code] of [
  ['answers a close frame', (client: MemoryClient) => client.close(4000), 4000],
  ['closes for text that is not UTF-8', (client: MemoryClient) => client.sendText(Uint8Array.of(0xff)), 1007],
] as const) {
  test(`what a handler sends to everyone goes out before the transport ${what}`, async () => {
    const sessions = createSessions()
    const client = await connect(
      defineSession({
        message() {
          for (const text of ['1', '2', '3']) sessions.broadcast(text)
        },
      }),
      { sessions },
    )
    client.send('go')
    end(client)
    assert.deepEqual(await texts(client), ['1', '2', '3'])
    assert.equal((await client.closed).code, code)
  })
}

test('P2: text that is not UTF-8 is refused with 1007 and not delivered', async () => {
  const log: string[] = []
  const errors: unknown[] = []
  const sessions = createSessions({ observer: { onError: (error) => void errors.push(error) } })
  const client = await connect(defineSession({ message: () => void log.push('message') }), { sessions })
  client.sendText(Uint8Array.of(0xc0, 0xaf))
  client.send('later')
  assert.equal((await client.closed).code, 1007)
  assert.equal(log.length, 0)
  assert.equal((errors[0] as EchoSessionError).code, 'ES_ERR_PROTOCOL')
})

test('a client that does not read makes the session wait, and lets it go on when it reads again', async () => {
  const log: string[] = []
  const sessions = createSessions({ highWaterBytes: 10 })
  let session: EchoSession | undefined
  const client = await connect(
    defineSession({
      open: (opened) => {
        session = opened
      },
      drain: () => void log.push('drain'),
    }),
    { sessions },
  )
  client.pause()
  assert.equal(session?.send('x'.repeat(11)), false)
  await settle()
  assert.equal(log.length, 0)
  client.resume()
  assert.equal((await client.next())?.bytes.length, 11)
  await settle()
  assert.deepEqual(log, ['drain'])
})

test('a client that does not read and closes reads on to the end', async () => {
  const client = await connect(defineSession({ open: (session) => void session.send('a') }))
  client.pause()
  client.close(1000)
  assert.equal((await client.closed).code, 1000)
})

test('a client that answers nothing is dropped in time, on a clock that the test moves', async () => {
  const clock = createManualClock()
  const sessions = createSessions({ clock, observer: { onError() {} } })
  const codes: number[] = []
  const client = await connect(defineSession({ close: (_, { code }) => void codes.push(code) }), { sessions })
  client.pause()
  for (let step = 0; step < 200 && codes.length === 0; step++) {
    clock.advance(250)
    await settle()
  }
  assert.deepEqual(codes, [1006])
  assert.ok(clock.now() <= 46_000)
  assert.equal((await client.closed).code, 1006)
  assert.equal(clock.pending, 0)
})

test('a refusal is an error with its code and status, and the whole answer as its cause', async () => {
  const options = { headers: { 'X-A': 'b' }, body: 'no' }
  await assert.rejects(connect(defineSession({ authorize: () => reject(402, options) })), (error) => {
    assert.ok(error instanceof EchoSessionError)
    assert.deepEqual([error.code, error.status], ['ES_ERR_REJECTED', 402])
    const { headers, body } = error.cause as Refusal
    assert.deepEqual([{ ...headers }, body], [{ 'X-A': 'b' }, 'no'])
    return true
  })
})

test('H4: a client that leaves during the handshake, or before it, is refused and holds no place', async () => {
  const sessions = createSessions()
  for (const authorize of [() => undefined, () => new Promise(() => {})]) {
    for (const when of ['before', 'during'] as const) {
      const controller = new AbortController()
      if (when === 'before') controller.abort()
      const connecting = connect(defineSession({ authorize }), { sessions, signal: controller.signal })
      controller.abort()
      await assert.rejects(connecting, { code: 'ES_ERR_ABORTED', status: 0 })
      const { pending, active, opened } = sessions.counters()
      assert.deepEqual([pending, active, opened], [0, 0, 0])
    }
  }
})

test('the request is what the options say, and that of a valid handshake otherwise', async () => {
  const seen: unknown[] = []
  const definition = defineSession({
    subprotocols: ['b'],
    authorize: ({ path, params, cookies, remoteAddress, encrypted, host }, { context }) =>
      void seen.push({ path, params, token: cookies.token, remoteAddress, encrypted, host, context }),
  })
  const client = await connect(definition, {
    target: '/rooms/1?x=2',
    params: { room: '1' },
    headers: { Cookie: 'token=t', Host: 'a.test' },
    remoteAddress: '10.0.0.1',
    encrypted: true,
    subprotocols: ['a', 'b'],
    context: 'context',
  })
  assert.equal(client.protocol, 'b')
  assert.deepEqual(seen, [
    {
      path: '/rooms/1',
      params: { room: '1' },
      token: 't',
      remoteAddress: '10.0.0.1',
      encrypted: true,
      host: 'a.test',
      context: 'context',
    },
  ])
  client.terminate()
})
