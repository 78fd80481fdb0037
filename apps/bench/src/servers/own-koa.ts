import { createServer } from 'node:http'
import { createKoaAdapter } from '@echosession/koa'
import Router from '@koa/router'
import Koa from 'koa'
import { useMiddleware } from './koa-middleware.js'
import { listen } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import type { StartServer } from './server-plan.js'

/** EchoSession on Koa 3. */
export const startOnKoa: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app = new Koa()
  const { upgrade, attach } = createKoaAdapter(sessions)
  if (plan.app === 'guarded') useMiddleware(app)
  app.use(new Router().get('/ws', upgrade(defineApp(plan.app, sessions))).routes())
  const server = createServer(app.callback())
  attach(server, app)
  return listen(server, plan.port)
}
