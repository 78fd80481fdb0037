import type { Server } from 'node:http'
import { createServer } from 'node:https'
import type { SessionDefinition } from '@echosession/core'
import { createHonoAdapter } from '@echosession/hono'
import { serve } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import { type Context, Hono } from 'hono'
import { serve as serve2 } from 'hono-node-server-2'
import { WebSocketServer } from 'ws'
import { engineOf, type Host, listening, ownCertificate, type Setup } from './host.js'

// Its types are stricter than those of ws about an option that may be undefined.
type UpgradeServer = NonNullable<Parameters<typeof serve2>[0]['websocket']>['server']

const ANY_PORT = { port: 0, hostname: '127.0.0.1' }

function fill(app: Hono, setup: Setup, upgrade: ReturnType<typeof createHonoAdapter>['upgrade']): void {
  const { before, onError } = setup
  app.onError((error, c) => {
    onError?.(error)
    return c.text('Internal Server Error', 500)
  })
  if (before !== undefined) {
    app.use(async (c, next) => {
      const own = await before({
        path: c.req.path,
        header: (name) => c.req.header(name),
        setHeader: (name, value) => c.header(name, value, { append: true }),
      })
      if (own === undefined) return next()
      return c.body(own.body, own.status as 400)
    })
  }
  const area = setup.prefix === undefined ? app : new Hono()
  for (const [path, definition] of Object.entries(setup.routes)) {
    area.get(path, upgrade(definition as SessionDefinition<unknown, Context>))
  }
  if (setup.prefix !== undefined) app.route(setup.prefix, area)
}

/** Hono on @hono/node-server 1 with @hono/node-ws. */
export async function mountOnHonoNodeWs(setup: Setup): Promise<Host> {
  const { secure = false } = setup
  const sessions = engineOf(setup)
  const app = new Hono()
  const { upgrade, attach } = createHonoAdapter(sessions, app, createNodeWebSocket({ app }))
  fill(app, setup, upgrade)
  const { fetch } = app
  const server = secure
    ? serve({ fetch, ...ANY_PORT, createServer, serverOptions: ownCertificate() })
    : serve({ fetch, ...ANY_PORT })
  const attachment = attach(server)
  const port = await listening(server as Server)
  return { port, secure, sessions, server: server as Server, close: () => attachment.close() }
}

/** Hono on @hono/node-server 2, which upgrades by itself. */
export async function mountOnHonoNodeServer(setup: Setup): Promise<Host> {
  const { secure = false } = setup
  const sessions = engineOf(setup)
  const app = new Hono()
  const { upgrade, attach } = createHonoAdapter(sessions, app)
  fill(app, setup, upgrade)
  const { fetch } = app
  const websocket = { server: new WebSocketServer({ noServer: true }) as UpgradeServer }
  const server = secure
    ? serve2({ fetch, ...ANY_PORT, websocket, createServer, serverOptions: ownCertificate() })
    : serve2({ fetch, ...ANY_PORT, websocket })
  const attachment = attach(server)
  const port = await listening(server as Server)
  return { port, secure, sessions, server: server as Server, close: () => attachment.close() }
}
