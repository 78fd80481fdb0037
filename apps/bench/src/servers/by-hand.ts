import { createServer, type IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import Router from '@koa/router'
import express from 'express'
import Koa from 'koa'
import { WebSocketServer } from 'ws'
import { useCheck, useMiddleware as useExpressMiddleware } from './express-middleware.js'
import { verifyCookie } from './guard.js'
import { useMiddleware as useKoaMiddleware } from './koa-middleware.js'
import { listen } from './listen.js'
import type { ServerPlan, StartServer } from './server-plan.js'
import { runApp, serverOptions } from './web-socket-app.js'

type UpgradeRequest = IncomingMessage & { upgradeHead?: Buffer }

function ignore(): void {}

// What an app that does it by hand needs besides its routes: the upgrade goes through them, and `upgrade` ends it.
function byHand(plan: ServerPlan) {
  const webSockets = new WebSocketServer({ ...serverOptions(plan), noServer: true })
  webSockets.on('connection', (socket) => runApp(plan.app, socket, () => webSockets.clients))
  return {
    upgrade(request: UpgradeRequest, response: ServerResponse): void {
      const { socket, upgradeHead } = request
      response.detachSocket(socket)
      socket.off('error', ignore)
      webSockets.handleUpgrade(request, socket, upgradeHead ?? Buffer.alloc(0), (ws) =>
        webSockets.emit('connection', ws, request),
      )
    },
    serve(app: RequestListener): Promise<number> {
      const server = createServer(app)
      server.on('upgrade', (request: UpgradeRequest, socket: Socket, head) => {
        socket.on('error', ignore)
        request.upgradeHead = head
        const response = new ServerResponse(request)
        response.assignSocket(socket)
        app(request, response)
      })
      return listen(server, plan.port)
    },
  }
}

/** Express 5, whose routes an upgrade goes through before `ws` answers it. */
export const startExpressByHand: StartServer = (plan) => {
  const app = express()
  const { upgrade, serve } = byHand(plan)
  if (plan.app === 'guarded') {
    useExpressMiddleware(app)
    useCheck(app)
  }
  app.get('/ws', upgrade)
  return serve(app)
}

/** Koa 3, whose routes an upgrade goes through before `ws` answers it. */
export const startKoaByHand: StartServer = (plan) => {
  const app = new Koa()
  const { upgrade, serve } = byHand(plan)
  if (plan.app === 'guarded') {
    useKoaMiddleware(app)
    app.use(async (ctx, next) => {
      if (await verifyCookie(ctx.get('cookie'))) return next()
      ctx.status = 401
    })
  }
  const router = new Router().get('/ws', (ctx) => {
    ctx.respond = false
    upgrade(ctx.req, ctx.res)
  })
  app.use(router.routes())
  return serve(app.callback())
}
