import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TcpProxy } from '@echosession/probe'
import { type ConnectionOptions, connect } from '@nats-io/transport-node'
import { createNatsRelay } from '../dist/index.js'
import { atEnd } from './at-end.js'
import { NatsServer } from './nats-server.js'
import { RecordingSink } from './recording-sink.js'

async function startServer(...flags: readonly string[]): Promise<NatsServer> {
  const server = await NatsServer.start(...flags)
  atEnd(async () => {
    await server.signal('SIGCONT')
    await server.signal('SIGKILL')
  })
  return server
}

async function join(port: number, options: ConnectionOptions = {}) {
  const connection = await connect({ port, reconnectTimeWait: 20, maxReconnectAttempts: -1, ...options })
  atEnd(() => connection.close())
  const sink = new RecordingSink()
  const link = createNatsRelay({ connection }).open(sink)
  await sink.heard('up')
  return { connection, sink, link }
}

const payload = (text: string) => new TextEncoder().encode(text)

test('a server that is killed is reported, what is published meanwhile rejected, and subscriptions come back', async () => {
  const server = await startServer()
  const a = await join(server.port)
  const b = await join(server.port)
  await b.link.subscribe('x')
  await server.signal('SIGKILL')
  await a.sink.heard('down')
  await b.sink.heard('down')
  await assert.rejects(a.link.publish('x', payload('kept')), /not connected/)
  await assert.rejects(b.link.subscribe('y'), /not connected/)
  await server.start()
  await a.sink.heard('up', 2)
  await b.sink.heard('up', 2)
  await a.link.publish('x', payload('after'))
  await a.link.publish('y', payload('after'))
  await b.sink.heard('y after')
  assert.deepEqual(b.sink.events, ['up', 'down', 'up', 'x after', 'y after'])
  assert.deepEqual(a.sink.events, ['up', 'down', 'up'])
})

test('publications that are under way when the connection is reset are settled, and none is kept for later', async () => {
  const server = await startServer()
  const proxy = await TcpProxy.start(server.port)
  atEnd(() => proxy.stop())
  const a = await join(proxy.port)
  const b = await join(server.port)
  await b.link.subscribe('x')
  const outcomes: string[] = []
  let next = 0
  const publish = () => {
    const text = String(next++)
    const told = (outcome: string) => () => void outcomes.push(`${text} ${outcome}`)
    return a.link.publish('x', payload(text)).then(told('taken'), told('lost'))
  }
  const settled: Promise<void>[] = []
  for (let round = 1; round <= 20; round++) {
    for (let count = 0; count < 50; count++) settled.push(publish())
    proxy.reset()
    await a.sink.heard('down', round)
    settled.push(publish())
    await a.sink.heard('up', round + 1)
    await a.link.publish('x', payload('back'))
  }
  await Promise.all(settled)
  await b.sink.heard('x back', 20)
  assert.equal(outcomes.length, next)
  const heard = b.sink.events.filter((event) => event.startsWith('x ') && event !== 'x back')
  const numbers = heard.map((event) => Number(event.slice(2)))
  assert.deepEqual(
    numbers,
    [...numbers].sort((x, y) => x - y),
    'in order',
  )
  assert.equal(new Set(numbers).size, numbers.length, 'once')
  for (const outcome of outcomes) {
    const [text, how] = outcome.split(' ')
    if (how === 'taken') assert.ok(numbers.includes(Number(text)), `${text} was taken but did not arrive`)
  }
  for (let last = 50; last < next; last += 51)
    assert.ok(!numbers.includes(last), `${last} was kept for later`)
})

test('a frozen server is down after four seconds, and up again when it goes on', async () => {
  const server = await startServer()
  const a = await join(server.port)
  await a.link.subscribe('x')
  await server.signal('SIGSTOP')
  // Its threads stop one by one, and may still take what comes in the first moment.
  const publishUntilFrozen = async () => {
    for (let n = 0; n < 1_000; n++) await a.link.publish('x', payload('early'))
  }
  await assert.rejects(publishUntilFrozen(), /did not answer within 4000 ms/)
  await assert.rejects(a.link.publish('x', payload('refused')), /not connected/)
  await server.signal('SIGCONT')
  await a.sink.heard('up', 2)
  await a.link.publish('x', payload('late'))
  await a.sink.heard('x late')
  assert.deepEqual(
    a.sink.events.filter((event) => event !== 'x early'),
    ['up', 'down', 'up', 'x late'],
  )
})

test('a server that cannot be reached at first is reported, and joined when it is there', async () => {
  const server = await startServer()
  const connection = await connect({ port: server.port, reconnectTimeWait: 20, maxReconnectAttempts: -1 })
  atEnd(() => connection.close())
  const lost = (async () => {
    for await (const { type } of connection.status()) if (type === 'reconnecting') return
  })()
  await server.signal('SIGKILL')
  await lost
  const sink = new RecordingSink()
  const link = createNatsRelay({ connection }).open(sink)
  await assert.rejects(link.publish('x', payload('early')), /not connected/)
  await sink.heard('down')
  await server.start()
  await sink.heard('up')
  assert.deepEqual(sink.events, ['down', 'up'])
})

test('a connection that its owner closes is down for good', async () => {
  const server = await startServer()
  const { connection, sink, link } = await join(server.port)
  await connection.close()
  await sink.heard('down')
  await assert.rejects(link.publish('x', payload('1')))
  await assert.rejects(link.subscribe('x'))
  await link.unsubscribe('x')
  await link.close()
  assert.deepEqual(sink.events, ['up', 'down'])
})

test('what the server does not permit is rejected, and nothing else suffers', async () => {
  const config = new URL('../test/permissions.conf', import.meta.url).pathname
  const server = await startServer('--config', config)
  const { sink, link } = await join(server.port)
  await assert.rejects(link.subscribe('secret'), /Permissions Violation/i)
  await Promise.all([
    assert.rejects(link.publish('secret', payload('1')), /Permissions Violation/i),
    link.publish('x', payload('2')),
    link.subscribe('x'),
  ])
  await link.publish('x', payload('3'))
  await sink.heard('x 3')
  assert.deepEqual(
    sink.events.filter((event) => !event.startsWith('x ')),
    ['up'],
  )
})

test('a subscription too many is rejected, and stands when it is asked for again and there is room', async () => {
  const config = new URL('../test/few-subscriptions.conf', import.meta.url).pathname
  const server = await startServer('--config', config)
  const { sink, link } = await join(server.port)
  await link.subscribe('1')
  await link.subscribe('2')
  await assert.rejects(link.subscribe('3'), /maximum subscriptions/i)
  await assert.rejects(link.subscribe('3'), /maximum subscriptions/i)
  await link.unsubscribe('1')
  await link.subscribe('3')
  await link.publish('3', payload('here'))
  await sink.heard('3 here')
})

test('a process that reads too slowly is cut off by the server, is told so, and comes back', async () => {
  const config = new URL('../test/impatient.conf', import.meta.url).pathname
  const server = await startServer('--config', config)
  const a = await join(server.port)
  const proxy = await TcpProxy.start(server.port)
  atEnd(() => proxy.stop())
  const slow = await join(proxy.port)
  await slow.link.subscribe('x')
  proxy.pause()
  for (let sent = 0; sent < 100; sent++) await a.link.publish('x', new Uint8Array(500_000))
  proxy.resume()
  await slow.sink.heard('down')
  await slow.sink.heard('up', 2)
  await a.link.publish('x', payload('after'))
  await slow.sink.heard('x after')
})
