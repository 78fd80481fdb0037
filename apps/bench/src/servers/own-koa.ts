import { createServer } from 'node:http'
import { createKoaAdapter } from '@echosession/koa'
import Router from '@koa/router'
import Koa from 'koa'
import { countRequest, nameRequest, pickLanguage } from './guard.js'
import { listen } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import type { StartServer } from './server-plan.js'

/** EchoSession on Koa 3. */
export const startOnKoa: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app = new Koa()
  const { upgrade, attach } = createKoaAdapter(sessions)
  if (plan.app === 'guarded') {
    app.use((ctx, next) => {
      ctx.state.id = nameRequest()
      return next()
    })
    app.use((ctx, next) => {
      countRequest(ctx.path)
      return next()
    })
    app.use((ctx, next) => {
      ctx.state.language = pickLanguage(ctx.get('accept-language'))
      return next()
    })
  }
  app.use(new Router().get('/ws', upgrade(defineApp(plan.app, sessions))).routes())
  const server = createServer(app.callback())
  attach(server, app)
  return listen(server, plan.port)
}
