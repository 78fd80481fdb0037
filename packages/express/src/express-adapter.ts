import type { Server } from 'node:http'
import type { SessionDefinition, Sessions } from '@echosession/core'
import { type Attachment, NodeBinding } from '@echosession/node'
import type { Application, Request, RequestHandler, Response } from 'express'

/** The host's own objects: `session.context` on Express. */
export interface ExpressContext {
  readonly req: Request
  readonly res: Response
}

/** Sessions on Express. */
export interface ExpressAdapter {
  /** Makes the request handler of a session's route. Everything mounted before it runs before the 101. */
  upgrade<Principal>(definition: SessionDefinition<Principal, ExpressContext>): RequestHandler
  /** Takes the upgrades of the server that the app listens on. */
  attach(server: Server, app: Application): Attachment
}

/**
 * Mounts sessions on Express 5: on the app, a Router or a mounted sub-app.
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createSessions, defineSession } from '@echosession/core'
 * import { createExpressAdapter } from '@echosession/express'
 * import express from 'express'
 *
 * const echo = defineSession({
 *   message(session, message) {
 *     session.send(message)
 *   },
 * })
 * const app = express()
 * const { upgrade, attach } = createExpressAdapter(createSessions())
 * app.get('/ws', upgrade(echo))
 * const server = createServer(app)
 * attach(server, app)
 * server.listen(8080)
 * ```
 */
export function createExpressAdapter(sessions: Sessions): ExpressAdapter {
  const binding = new NodeBinding(sessions)
  return {
    upgrade: (definition) => (req, res, next) => {
      // Whoever calls this handler for himself gets a fault by the `next` that he gave, not thrown.
      try {
        binding.answer(req, res, definition as SessionDefinition, pathParams(req), { req, res })?.catch(next)
      } catch (error) {
        next(error)
      }
    },
    attach: (server, app) => binding.attach(server, (request, response) => app(request, response)),
  }
}

// A wildcard's parameter is a list of segments.
function pathParams(req: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(req.params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  )
}
