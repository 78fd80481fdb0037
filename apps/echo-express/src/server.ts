import { createServer } from 'node:http'
import { createExpressAdapter } from '@echosession/express'
import cookieParser from 'cookie-parser'
import { createChat, defineDemo, echo, SERVER_OPTIONS } from 'demo-kit'
import express, { type RequestHandler } from 'express'

/** Starts the echo and the chat on Express. */
export const start = defineDemo('echo-express', (demo) => {
  const app = express()
  const { upgrade, attach } = createExpressAdapter(demo.sessions)

  const requireToken: RequestHandler = (req, res, next) => {
    if (demo.accepts(req.get('authorization'), req.cookies.token)) next()
    else res.set('WWW-Authenticate', 'Bearer').sendStatus(401)
  }

  app.disable('x-powered-by')
  app.use(cookieParser())
  app.get('/ws', upgrade(echo))
  app.get('/chat/:room', upgrade(createChat(demo.sessions)))
  app.get('/private', requireToken, upgrade(echo))
  app.get('/healthz', (_req, res) => {
    const { status, body } = demo.health()
    res.status(status).json(body)
  })
  app.get('/', (_req, res) => {
    res.type('text').send(demo.greeting())
  })

  const server = createServer(SERVER_OPTIONS, app)
  const { close } = attach(server, app)
  return { server, close }
})
