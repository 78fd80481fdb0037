import Koa from 'koa'
import websockify from 'koa-websocket'
import { countRequest, nameRequest, pickLanguage, verifyCookie } from './guard.js'
import { listening } from './listen.js'
import { HOST, type StartServer } from './server-plan.js'
import { keepAlive, runApp, serverOptions } from './web-socket-app.js'

function use(app: websockify.App): void {
  app.ws.use((ctx, next) => {
    ctx.state.id = nameRequest()
    return next()
  })
  app.ws.use((ctx, next) => {
    countRequest(ctx.path)
    return next()
  })
  app.ws.use((ctx, next) => {
    ctx.state.language = pickLanguage(ctx.get('accept-language'))
    return next()
  })
  app.ws.use(async (ctx, next) => {
    if (await verifyCookie(ctx.get('cookie'))) return next()
    ctx.websocket.close(1008)
  })
}

/** Koa 3 with koa-websocket, whose middleware runs after the 101. */
export const startKoaWebsocket: StartServer = async (plan) => {
  const app = websockify(new Koa(), serverOptions(plan))
  if (plan.app === 'guarded') use(app)
  app.ws.use((ctx) => {
    runApp(plan.app, ctx.websocket, () => app.ws.server?.clients ?? [])
  })
  const server = app.listen(plan.port, HOST)
  if (app.ws.server !== undefined) keepAlive(app.ws.server, plan.heartbeatMs)
  return listening(server)
}
