import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { runWire } from '@echosession/conformance/wire'
import { createCertificate } from '@echosession/probe'
import { WebSocketServer } from 'ws'

describe('the wire suite over TLS', () => {
  it('judges a wss: server whose certificate nobody has signed', async () => {
    const server = createServer(createCertificate()).listen(0, '127.0.0.1')
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    await once(server, 'listening')
    try {
      const report = await runWire({
        url: `wss://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        only: ['1.*', '2.*', '5.*', '7.*', 'H.3.*', 'L.5.*', 'M.*'],
        seed: 20_260_104,
      })
      const failed = report.cases.filter(
        ({ verdict, closeVerdict }) => verdict === 'FAILED' || closeVerdict === 'FAILED',
      )
      assert.deepEqual(failed, [])
      assert.equal(report.cases.length, 16 + 11 + 20 + 37 + 9 + 4 + 10)
    } finally {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  })
})
