import { createHonoAdapter } from '@echosession/hono'
import { createAdaptorServer } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import { createChat, defineDemo, echo, SERVER_OPTIONS } from 'demo-kit'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'

/** Starts the echo and the chat on Hono. */
export const start = defineDemo('echo-hono', (demo) => {
  const app = new Hono()
  const { upgrade, attach } = createHonoAdapter(demo.sessions, app, createNodeWebSocket({ app }))

  const requireToken = createMiddleware(async (c, next) => {
    if (demo.accepts(c.req.header('authorization'), getCookie(c, 'token'))) return next()
    return c.text('Unauthorized', 401, { 'WWW-Authenticate': 'Bearer' })
  })

  app.get('/ws', upgrade(echo))
  app.get('/chat/:room', upgrade(createChat(demo.sessions)))
  app.get('/private', requireToken, upgrade(echo))
  app.get('/healthz', (c) => {
    const { status, body } = demo.health()
    return c.json(body, status)
  })
  app.get('/', (c) => c.text(demo.greeting()))

  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: SERVER_OPTIONS })
  const { close } = attach(server)
  return { server, close }
})
