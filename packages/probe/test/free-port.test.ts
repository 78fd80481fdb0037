import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { freePort } from '@echosession/probe'

test('a free port can be listened on, and is none that the system gives to who asks for any', async () => {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
  assert.ok(port >= 10_000 && port < 32_000, `${port}`)
})
