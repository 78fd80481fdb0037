import type { SessionDefinition } from '@echosession/core'
import { createKoaAdapter } from '@echosession/koa'
import Router from '@koa/router'
import Koa from 'koa'
import { engineOf, type Host, listening, type Setup } from './host.js'
import { createAnyServer } from './node-host.js'

/** Koa 3 with @koa/router. */
export async function mountOnKoa(setup: Setup): Promise<Host> {
  const { before, onError, secure = false } = setup
  const sessions = engineOf(setup)
  const app = new Koa()
  const router = new Router(setup.prefix === undefined ? {} : { prefix: setup.prefix })
  const { upgrade, attach } = createKoaAdapter(sessions)
  app.on('error', (error: unknown) => onError?.(error))
  app.use(async (ctx, next) => {
    const own = await before?.({
      path: ctx.path,
      header: (name) => ctx.get(name) || undefined,
      setHeader: (name, value) => ctx.append(name, value),
    })
    if (own === undefined) return next()
    ctx.status = own.status
    ctx.body = own.body
  })
  for (const [path, definition] of Object.entries(setup.routes)) {
    router.get(path, upgrade(definition as SessionDefinition<unknown, Koa.Context>))
  }
  app.use(router.routes())
  const server = createAnyServer(secure, app.callback())
  const attachment = attach(server, app)
  const port = await listening(server)
  return { port, secure, sessions, server, close: () => attachment.close() }
}
