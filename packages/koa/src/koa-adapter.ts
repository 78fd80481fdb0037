import type { Server } from 'node:http'
import type { SessionDefinition, Sessions } from '@echosession/core'
import { type Attachment, NodeBinding, type PathParams } from '@echosession/node'
import type Koa from 'koa'

/** Sessions on Koa. `session.context` is the Koa context. */
export interface KoaAdapter {
  /** Makes the middleware of a session's route. The 101 goes out when the middleware around it has returned. */
  upgrade<Principal>(definition: SessionDefinition<Principal, Koa.Context>): Koa.Middleware
  /** Takes the upgrades of the server that the app listens on. */
  attach(server: Server, app: Koa): Attachment
}

/**
 * Mounts sessions on Koa 3, with any router.
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createSessions, defineSession } from '@echosession/core'
 * import { createKoaAdapter } from '@echosession/koa'
 * import Router from '@koa/router'
 * import Koa from 'koa'
 *
 * const echo = defineSession({
 *   message(session, message) {
 *     session.send(message)
 *   },
 * })
 * const app = new Koa()
 * const router = new Router()
 * const { upgrade, attach } = createKoaAdapter(createSessions())
 * router.get('/ws', upgrade(echo))
 * app.use(router.routes())
 * const server = createServer(app.callback())
 * attach(server, app)
 * server.listen(8080)
 * ```
 */
export function createKoaAdapter(sessions: Sessions): KoaAdapter {
  const binding = new NodeBinding(sessions)
  return {
    upgrade: (definition) => async (ctx) => {
      // A router adds its parameters to the context; Koa itself knows of none.
      const { params = {} } = ctx as { params?: PathParams }
      const answer = await binding.admit(ctx.req, definition as SessionDefinition, params, ctx)
      if (answer.accepted) {
        ctx.status = 101
        return
      }
      ctx.status = answer.status
      ctx.set(answer.headers)
      ctx.body = answer.body
    },
    attach: (server, app) => binding.attach(server, app.callback()),
  }
}
