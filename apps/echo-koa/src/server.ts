import { createServer } from 'node:http'
import { createKoaAdapter } from '@echosession/koa'
import Router from '@koa/router'
import { createChat, defineDemo, echo, SERVER_OPTIONS } from 'demo-kit'
import Koa from 'koa'

/** Starts the echo and the chat on Koa. */
export const start = defineDemo('echo-koa', (demo) => {
  const app = new Koa()
  const router = new Router()
  const { upgrade, attach } = createKoaAdapter(demo.sessions)

  const requireToken: Koa.Middleware = async (ctx, next) => {
    if (demo.accepts(ctx.get('authorization'), ctx.cookies.get('token'))) return next()
    ctx.status = 401
    ctx.set('WWW-Authenticate', 'Bearer')
  }

  router.get('/ws', upgrade(echo))
  router.get('/chat/:room', upgrade(createChat(demo.sessions)))
  router.get('/private', requireToken, upgrade(echo))
  router.get('/healthz', (ctx) => {
    const { status, body } = demo.health()
    ctx.status = status
    ctx.body = body
  })
  router.get('/', (ctx) => {
    ctx.body = demo.greeting()
  })
  app.use(router.routes())

  const server = createServer(SERVER_OPTIONS, app.callback())
  const { close } = attach(server, app)
  return { server, close }
})
