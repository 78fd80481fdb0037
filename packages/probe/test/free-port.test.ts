import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { after, test } from 'node:test'
import { freePort } from '@echosession/probe'

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

async function listen(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
}

test('a free port can be listened on, and lies below those that systems give by themselves', async () => {
  const port = await freePort()
  assert.ok(port >= 10_000 && port <= 32_000, `${port}`)
  await listen(port)
})

test('a port that somebody listens on is not free, and a sentence says when none is', async () => {
  const port = await freePort()
  await listen(port)
  assert.notEqual(await freePort(port, port + 1).catch(() => undefined), port)
  await assert.rejects(
    freePort(port, port),
    new Error(`None of 100 ports tried from ${port} to ${port} at 127.0.0.1 is free.`),
  )
})
