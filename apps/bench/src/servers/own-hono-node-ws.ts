import type { Server } from 'node:http'
import { createHonoAdapter } from '@echosession/hono'
import { serve } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import { Hono } from 'hono'
import { type GuardedHono, useMiddleware } from './hono-app.js'
import { listening } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import { HOST, type StartServer } from './server-plan.js'

/** EchoSession on Hono 4, on @hono/node-ws. */
export const startOnHonoNodeWs: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app: GuardedHono = new Hono()
  const { upgrade, attach } = createHonoAdapter(sessions, app, createNodeWebSocket({ app }))
  if (plan.app === 'guarded') useMiddleware(app)
  app.get('/ws', upgrade(defineApp(plan.app, sessions)))
  const server = serve({ fetch: app.fetch, port: plan.port, hostname: HOST })
  attach(server)
  return listening(server as Server)
}
