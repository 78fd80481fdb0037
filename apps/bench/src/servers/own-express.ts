import { createServer } from 'node:http'
import { createExpressAdapter } from '@echosession/express'
import express from 'express'
import { useMiddleware } from './express-middleware.js'
import { listen } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import type { StartServer } from './server-plan.js'

/** EchoSession on Express 5. */
export const startOnExpress: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app = express()
  const { upgrade, attach } = createExpressAdapter(sessions)
  if (plan.app === 'guarded') useMiddleware(app)
  app.get('/ws', upgrade(defineApp(plan.app, sessions)))
  const server = createServer(app)
  attach(server, app)
  return listen(server, plan.port)
}
