import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { RelaySink } from '@echosession/core'
import { createRedisRelay } from '@echosession/relay-redis'
import { createClient } from 'redis'
import { NodeRedisConnection } from '../dist/node-redis-connection.js'
import { RedisServer } from './redis-server.js'
import { LIBRARIES, type Library } from './redis-target.js'
import { WayToRedis } from './way-to-redis.js'

/** Waits until something holds. */
async function holds(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!condition()) {
    assert.ok(performance.now() < giveUpAt, `this did not come to hold: ${condition}`)
    await wait(5)
  }
}

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
  test(`${library}: a relay is not up again before both of its connections answer`, async (t) => {
    const server = await RedisServer.start()
    const way = await WayToRedis.open(server.port)
    const user = LIBRARIES[library](way.port, 'half')
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
      await way.close()
      await server.close()
    })
    await link.subscribe('x')
    const [publishing, subscribed] = way.pairs
    assert.ok(publishing !== undefined && subscribed !== undefined)
    subscribed.hold()
    publishing.cut()
    await holds(() => (way.pairs[2]?.answers ?? 0) > 0)
    await wait(200)
    assert.deepEqual(events, ['up', 'down'])
    subscribed.release()
    await holds(() => events.length === 3)
    await link.publish('x', Buffer.from('arrives'))
    await holds(() => events.length === 4)
    assert.deepEqual(events, ['up', 'down', 'up', 'arrives'])
  })
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
