import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Relay, RelayLink } from '@echosession/core'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { createNatsRelay } from '../dist/index.js'
import { atEnd } from './at-end.js'
import { NatsServer } from './nats-server.js'
import { RecordingSink } from './recording-sink.js'

const server = await NatsServer.start()
atEnd(() => server.signal('SIGKILL'))

interface Process {
  readonly connection: NatsConnection
  readonly relay: Relay
  readonly link: RelayLink
  readonly sink: RecordingSink
}

async function join(prefix?: string): Promise<Process> {
  const connection = await connect({ port: server.port })
  atEnd(() => connection.close())
  const relay = createNatsRelay(prefix === undefined ? { connection } : { connection, prefix })
  const sink = new RecordingSink()
  const link = relay.open(sink)
  await sink.heard('up')
  return { connection, relay, link, sink }
}

const bytes = (text: string) => Buffer.from(text, 'latin1')

test('a payload reaches other processes that are subscribed, byte for byte and in order', async () => {
  const a = await join()
  const b = await join()
  await b.link.subscribe('x')
  const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('latin1')
  const sent = ['', all, ...Array.from({ length: 1_000 }, (_, index) => String(index))]
  await Promise.all(sent.map((text) => a.link.publish('x', bytes(text))))
  await b.sink.heard('x 999')
  assert.deepEqual(b.sink.events, ['up', ...sent.map((text) => `x ${text}`)])
})

test('channels of any text are told apart', async () => {
  const a = await join()
  const b = await join()
  const names = [
    'x',
    'X',
    'x.y',
    'x y',
    '*',
    '>',
    'x*',
    '',
    'é',
    '\0',
    '\n',
    '=',
    'room:1',
    'x'.repeat(3_000),
    '\ud800',
    '\ud801',
  ]
  for (const [index, name] of names.entries()) {
    await b.link.subscribe(name)
    await a.link.publish(name, bytes(String(index)))
  }
  await b.sink.heard(`\ud801 ${names.length - 1}`)
  assert.deepEqual(
    b.sink.events.slice(1),
    names.map((name, index) => `${name} ${index}`),
  )
})

test('what was unsubscribed from arrives no more, and unsubscribing from nothing does nothing', async () => {
  const a = await join()
  const b = await join()
  await b.link.subscribe('x')
  await b.link.subscribe('x')
  await b.link.subscribe('y')
  await b.link.unsubscribe('x')
  await b.link.unsubscribe('z')
  await a.link.publish('x', bytes('1'))
  await a.link.publish('y', bytes('2'))
  await b.sink.heard('y 2')
  assert.deepEqual(b.sink.events, ['up', 'y 2'])
})

test('processes with another prefix are not reached', async () => {
  const a = await join('one.two')
  const b = await join('one')
  const c = await join('one.two')
  await b.link.subscribe('x')
  await c.link.subscribe('x')
  await a.link.publish('x', bytes('1'))
  await c.sink.heard('x 1')
  assert.deepEqual(b.sink.events, ['up'])
})

test('a relay takes as much as the server says', async () => {
  const small = await NatsServer.start('--config', new URL('../test/small.conf', import.meta.url).pathname)
  atEnd(() => small.signal('SIGKILL'))
  const connection = await connect({ port: small.port })
  atEnd(() => connection.close())
  const relay = createNatsRelay({ connection })
  assert.equal(relay.maxPayloadBytes, 1_000)
  const sink = new RecordingSink()
  const link = relay.open(sink)
  await link.publish('x', new Uint8Array(1_000))
  await assert.rejects(link.publish('x', new Uint8Array(1_001)), /max_payload/)
  assert.deepEqual(sink.events, ['up'])
})

test('close leaves the connection open, sends what was published, and is for once', async () => {
  const a = await join()
  const b = await join()
  await b.link.subscribe('x')
  await b.link.subscribe('y')
  const publishing = a.link.publish('x', bytes('last'))
  await a.link.close()
  await publishing
  await assert.rejects(a.link.close(), { code: 'ES_ERR_RELAY' })
  await assert.rejects(a.link.publish('x', bytes('late')), /closed/)
  await assert.rejects(a.link.subscribe('x'), /closed/)
  a.connection.publish('echosession.y', 'still open')
  await b.sink.heard('y still open')
  assert.deepEqual(b.sink.events, ['up', 'x last', 'y still open'])
  await b.link.close()
  a.connection.publish('echosession.y', 'nobody')
  await b.connection.flush()
  assert.equal(b.sink.events.length, 3)
  assert.throws(() => a.relay.open(a.sink), { code: 'ES_ERR_RELAY' })
})

test('a wrong option is a TypeError that says what is allowed', async () => {
  const { connection } = await join()
  for (const prefix of ['', '.', 'a.', 'a..b', 'a b', 'a.*', '>', 'x'.repeat(101), 7]) {
    assert.throws(() => createNatsRelay({ connection, prefix: prefix as string }), {
      name: 'TypeError',
      code: 'ES_ERR_OPTION',
      message: /prefix is/,
    })
  }
  assert.throws(() => createNatsRelay({ connection: undefined as never }), {
    code: 'ES_ERR_OPTION',
    message: /transport-node/,
  })
})
