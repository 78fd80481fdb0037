import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSessions, defineSession } from '@echosession/core'
import { createExpressAdapter } from '@echosession/express'
import { exchange, ProcessWatch, RawConnection, upgradeRequest, within } from '@echosession/probe'
import express from 'express'
import { createServer as createVite } from 'vite'

test("D28 Vite in middleware mode keeps its hot updates on a session's server, and the sessions work", async () => {
  const watch = new ProcessWatch()
  const root = mkdtempSync(join(tmpdir(), 'echosession-vite-'))
  writeFileSync(join(root, 'index.html'), '<script type="module" src="/main.js"></script>')
  writeFileSync(join(root, 'main.js'), 'import.meta.hot?.accept()')
  const app = express()
  const sessions = createSessions({ authorizeTimeoutMs: 300 })
  const { upgrade, attach } = createExpressAdapter(sessions)
  app.get(
    '/ws',
    upgrade(
      defineSession({
        message(session, message) {
          session.send(message)
        },
      }),
    ),
  )
  const server = createServer(app)
  const attachment = attach(server, app)
  const vite = await createVite({
    root,
    configFile: false,
    logLevel: 'silent',
    appType: 'spa',
    server: { middlewareMode: true, ws: { server } },
    optimizeDeps: { noDiscovery: true },
  })
  app.use(vite.middlewares)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const hot = await RawConnection.upgrade({ port }, '/', ['Sec-WebSocket-Protocol: vite-hmr'])
    assert.match((await hot.message()) ?? '', /"connected"/)
    const session = await RawConnection.upgrade({ port }, '/ws')
    session.send(1, 'hello')
    assert.equal(await session.message(), 'hello')
    vite.ws.send({ type: 'full-reload' })
    assert.match((await hot.message()) ?? '', /"full-reload"/)
    const page = await exchange({ port }, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    assert.match(page.body, /@vite\/client/)
    assert.equal((await exchange({ port }, upgradeRequest('/nowhere'))).status, 503)
    session.close(1000)
    await session.gone()
    hot.reset()
  } finally {
    await vite.close()
    await within(attachment.close(), 'the shutdown')
    rmSync(root, { recursive: true })
    await watch.stop()
  }
})
