import Koa from 'koa'
import websockify from 'koa-websocket'
import { verifyCookie } from './guard.js'
import { useMiddleware } from './koa-middleware.js'
import { listening } from './listen.js'
import { HOST, type StartServer } from './server-plan.js'
import { keepAlive, runApp, serverOptions } from './web-socket-app.js'

/** Koa 3 with koa-websocket, whose middleware runs after the 101. */
export const startKoaWebsocket: StartServer = async (plan) => {
  const app = websockify(new Koa(), serverOptions(plan))
  if (plan.app === 'guarded') {
    useMiddleware(app.ws)
    app.ws.use(async (ctx, next) => {
      if (await verifyCookie(ctx.get('cookie'))) return next()
      ctx.websocket.close(1008)
    })
  }
  app.ws.use((ctx) => {
    runApp(plan.app, ctx.websocket, () => app.ws.server?.clients ?? [])
  })
  const server = app.listen(plan.port, HOST)
  if (app.ws.server !== undefined) keepAlive(app.ws.server, plan.heartbeatMs)
  return listening(server)
}
