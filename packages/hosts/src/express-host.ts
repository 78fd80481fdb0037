import type { SessionDefinition } from '@echosession/core'
import { createExpressAdapter, type ExpressContext } from '@echosession/express'
import express, { type ErrorRequestHandler } from 'express'
import { engineOf, type Host, listening, type Setup } from './host.js'
import { createAnyServer } from './node-host.js'

/** Express 5 as it is while developing: its default error handler shows what it has. */
export async function mountOnExpress(setup: Setup): Promise<Host> {
  const { before, onError, secure = false } = setup
  const sessions = engineOf(setup)
  const app = express().set('env', 'development')
  const { upgrade, attach } = createExpressAdapter(sessions)
  if (before !== undefined) {
    app.use(async (req, res, next) => {
      const own = await before({
        path: req.path,
        header: (name) => req.get(name),
        setHeader: (name, value) => res.append(name, value),
      })
      if (own === undefined) next()
      else res.status(own.status).end(own.body)
    })
  }
  const router = setup.prefix === undefined ? app : express.Router()
  for (const [path, definition] of Object.entries(setup.routes)) {
    router.get(path, upgrade(definition as SessionDefinition<unknown, ExpressContext>))
  }
  if (setup.prefix !== undefined) app.use(setup.prefix, router)
  const report: ErrorRequestHandler = (error, _req, _res, next) => {
    onError?.(error)
    next(error)
  }
  app.use(report)
  // The handler behind it would print what it answers.
  app.use(((error, _req, res, _next) => {
    res.status(error.status ?? 500).end(`${error.stack}`)
  }) satisfies ErrorRequestHandler)
  const server = createAnyServer(secure, app)
  const attachment = attach(server, app)
  const port = await listening(server)
  return { port, secure, sessions, server, close: () => attachment.close() }
}
