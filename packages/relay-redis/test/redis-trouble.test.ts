import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { RelaySink } from '@echosession/core'
import { TcpProxy, until } from '@echosession/probe'
import { createRedisRelay } from '@echosession/relay-redis'
import { createClient } from 'redis'
import { NodeRedisConnection } from '../dist/node-redis-connection.js'
import { RedisServer } from './redis-server.js'
import { LIBRARIES, type Library } from './redis-target.js'

for (const library of Object.keys(LIBRARIES) as Library[]) {
  test(`${library}: a frozen Redis is given up after two seconds without an answer, and what was asked is rejected`, async (t) => {
    const server = await RedisServer.start()
    const user = LIBRARIES[library](server.port, 'frozen')
    const reasons: string[] = []
    const sink: RelaySink = {
      received() {},
      up() {},
      down: (error) => void reasons.push(String(error)),
      failed() {},
    }
    const link = createRedisRelay({ client: user.client }).open(sink)
    t.after(async () => {
      server.goOn()
      await link.close()
      user.end()
      await server.close()
    })
    await link.subscribe('x')
    server.stop()
    const publishUntilFrozen = async () => {
      for (let count = 0; count < 1_000; count++) await link.publish('x', Buffer.from('x'))
    }
    await assert.rejects(publishUntilFrozen(), /^Error: Redis has not answered for 2000 ms$/)
    assert.deepEqual(reasons, ['Error: Redis has not answered for 2000 ms'])
  })
}

// The loss of one connection may be noticed when another, lost with it, has been made again.
for (const library of Object.keys(LIBRARIES) as Library[]) {
  for (const silent of [0, 1]) {
    test(`${library}: a relay is not up again before both of its connections answer (silent: ${silent})`, async (t) => {
      const server = await RedisServer.start()
      const proxy = await TcpProxy.start(server.port)
      const user = LIBRARIES[library](proxy.port, 'half')
      const events: string[] = []
      const sink: RelaySink = {
        received: (_channel, payload) => void events.push(Buffer.from(payload).toString()),
        up: () => void events.push('up'),
        down: () => void events.push('down'),
        failed() {},
      }
      const link = createRedisRelay({ client: user.client }).open(sink)
      t.after(async () => {
        await link.close()
        user.end()
        await proxy.stop()
        await server.close()
      })
      await link.subscribe('x')
      proxy.connections[silent]?.pause()
      proxy.connections[1 - silent]?.reset()
      await until(() => proxy.connections.length === 3, 'a connection in place of the one that was lost')
      await wait(200)
      assert.deepEqual(events, ['up', 'down'])
      proxy.connections[silent]?.resume()
      await until(() => events.length === 3, 'the relay is up')
      await link.publish('x', Buffer.from('arrives'))
      await until(() => events.length === 4, 'the payload')
      assert.deepEqual(events, ['up', 'down', 'up', 'arrives'])
    })
  }
}

test('node-redis: a connection that is being made already is not made once more', async (t) => {
  const sockets: Socket[] = []
  const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const like = createClient({ url: `redis://127.0.0.1:${port}` })
  const connection = new NodeRedisConnection(like, false, { ready() {}, lost() {}, received() {} })
  t.after(() => {
    connection.end()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'connection')
  for (let count = 0; count < 20; count++) connection.renew()
  await wait(200)
  assert.equal(sockets.length, 1)
})
