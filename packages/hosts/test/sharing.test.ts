import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createSessions, defineSession, type SessionsOptions } from '@echosession/core'
import { createExpressAdapter } from '@echosession/express'
import { createKoaAdapter } from '@echosession/koa'
import { createNodeAdapter } from '@echosession/node'
import { exchange, ProcessWatch, RawConnection, turn, upgradeRequest } from '@echosession/probe'
import Router from '@koa/router'
import express from 'express'
import Koa from 'koa'

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})

/** Express, Koa and bare routes on one server, one engine or three. */
async function mountThree(options: readonly SessionsOptions[]) {
  const watch = new ProcessWatch()
  const engines = options.map((each) => createSessions(each))
  const [first, second = first, third = first] = engines
  assert.ok(first && second && third)
  const app = express()
  const onExpress = createExpressAdapter(first)
  app.use(async (_req, res, next) => {
    await turn()
    res.set('X-By', 'express')
    next()
  })
  app.get('/express', onExpress.upgrade(echo))
  app.get(
    '/slow',
    onExpress.upgrade(
      defineSession({
        async authorize() {
          await new Promise((resolve) => setTimeout(resolve, 150))
        },
      }),
    ),
  )
  const koa = new Koa()
  const router = new Router()
  const onKoa = createKoaAdapter(second)
  koa.use(async (ctx, next) => {
    for (let turns = 0; turns < 3; turns++) await turn()
    ctx.set('X-By', 'koa')
    await next()
  })
  router.get('/koa', onKoa.upgrade(echo))
  koa.use(router.routes())
  const onNode = createNodeAdapter(third, { '/node': echo })
  const server = createServer(app)
  const attachments = [onExpress.attach(server, app), onKoa.attach(server, koa), onNode.attach(server)]
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    await Promise.all(attachments.map((attachment) => attachment.close()))
    await watch.stop()
  }
  return { server, attachments, engines, address: { port }, close }
}

for (const [label, options] of [
  ['sharing one engine', [{}]],
  ['with an engine each', [{}, {}, {}]],
] as const) {
  test(`D28 three adapters on one server, ${label}: each path is answered by its own host`, async () => {
    const { address, engines, close } = await mountThree(options)
    for (let round = 0; round < 5; round++) {
      for (const [path, by] of [
        ['/express', 'express'],
        ['/koa', 'koa'],
        ['/node', undefined],
      ] as const) {
        const client = await RawConnection.open(address)
        client.write(upgradeRequest(path))
        const { status, headers } = await client.head()
        assert.equal(status, 101, path)
        assert.deepEqual(headers['x-by'], by === undefined ? undefined : [by])
        client.send(1, path)
        assert.equal(await client.message(), path)
        client.close(1000)
        await client.gone()
      }
    }
    const opened = engines.reduce((sum, engine) => sum + engine.counters().opened, 0)
    assert.equal(opened, 15)
    await close()
  })
}

test('D30 three adapters on one server: a path that none of them has is a 404 at once', async () => {
  const { address, engines, close } = await mountThree([{}, {}, {}])
  const answer = await exchange(address, upgradeRequest('/nowhere'))
  assert.equal(answer.status, 404)
  assert.equal(answer.raw.match(/HTTP\/1\.1/g)?.length, 1)
  for (const engine of engines) assert.equal(engine.counters().rejected, 0)
  await close()
})

test('D28 three adapters on one server: the deadline of one does not end the handshake of another', async () => {
  const { address, close } = await mountThree([{}, { authorizeTimeoutMs: 40 }, { authorizeTimeoutMs: 40 }])
  const client = await RawConnection.open(address)
  client.write(upgradeRequest('/slow'))
  assert.equal((await client.head()).status, 101)
  client.close(1000)
  await client.gone()
  await close()
})

test('D29 detach takes exactly the own listener away, and the other sessions go on', async () => {
  const { server, attachments, address, close } = await mountThree([{}])
  const foreign = () => {}
  server.on('upgrade', foreign)
  const before = server.listeners('upgrade')
  const session = await RawConnection.upgrade(address, '/koa')
  attachments[1]?.detach()
  const after = server.listeners('upgrade')
  assert.equal(after.length, before.length - 1)
  assert.ok(after.includes(foreign))
  attachments[1]?.detach()
  assert.equal(server.listenerCount('upgrade'), after.length, 'a second time changes nothing')
  session.send(1, 'still here')
  assert.equal(await session.message(), 'still here')
  session.close(1000)
  await session.gone()
  server.removeListener('upgrade', foreign)
  await close()
})
