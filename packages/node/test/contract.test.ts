import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { CLAUSES, register, type Target } from '@echosession/conformance'
import { createSessions } from '@echosession/core'
import { createNodeAdapter } from '@echosession/node'
import { createCertificate } from '@echosession/probe'

const certificate = createCertificate()

function createTarget(
  name: string,
  {
    secure = false,
    compression = false,
    fastPath = true,
  }: Partial<Record<'secure' | 'compression' | 'fastPath', boolean>>,
): Target {
  return {
    name,
    capabilities: {
      network: true,
      http: true,
      middleware: true,
      server: true,
      ping: true,
      pause: true,
      unfinished: true,
      compression: true,
    },
    async mount(definition, options, { middleware }) {
      const sessions = createSessions({ compression, fastPath, ...options })
      const adapter = createNodeAdapter(sessions, { '/deep/ws': definition })
      const listener: RequestListener = (request, response) => {
        const own = middleware?.({
          header: (header) => request.headers[header]?.toString(),
          setHeader: (header, value) => void response.appendHeader(header, value),
        })
        if (own === undefined) adapter.listener(request, response)
        else response.writeHead(own.status).end(own.body)
      }
      const outer = middleware === undefined ? adapter.listener : listener
      const server = secure ? createSecureServer(certificate, outer) : createServer(outer)
      const attachment = adapter.attach(server, outer)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return {
        sessions,
        server,
        url: `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/deep/ws`,
        async close() {
          await attachment.close()
        },
      }
    },
  }
}

register(test, CLAUSES, createTarget('node', {}))
register(test, CLAUSES, createTarget('node over TLS', { secure: true }))
register(test, CLAUSES, createTarget('node with compression', { compression: true }))
register(test, CLAUSES, createTarget('node without fast paths', { fastPath: false }))
