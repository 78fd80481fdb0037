import type { Server } from 'node:http'
import { createHonoAdapter } from '@echosession/hono'
import { Hono } from 'hono'
import { serve } from 'hono-node-server-2'
import { WebSocketServer } from 'ws'
import { type GuardedHono, useMiddleware } from './hono-app.js'
import { listening } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import { HOST, type StartServer } from './server-plan.js'

// Its types are stricter than those of ws about an option that may be undefined.
type UpgradeServer = NonNullable<Parameters<typeof serve>[0]['websocket']>['server']

/** EchoSession on Hono 4, on @hono/node-server 2. */
export const startOnHonoNodeServer: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app: GuardedHono = new Hono()
  const { upgrade, attach } = createHonoAdapter(sessions, app)
  if (plan.app === 'guarded') useMiddleware(app)
  app.get('/ws', upgrade(defineApp(plan.app, sessions)))
  const server = serve({
    fetch: app.fetch,
    port: plan.port,
    hostname: HOST,
    websocket: { server: new WebSocketServer({ noServer: true }) as UpgradeServer },
  })
  attach(server)
  return listening(server as Server)
}
