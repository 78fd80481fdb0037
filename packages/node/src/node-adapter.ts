import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { EchoSessionError, refuse, type SessionDefinition, type Sessions } from '@echosession/core'
import { type Attachment, type DirectRoutes, NodeBinding } from './binding.js'
import { type Routes, RouteTable } from './route-table.js'

/** The host's own object on bare node:http. */
export interface NodeContext {
  readonly request: IncomingMessage
}

/** Sessions on a bare server of node:http or node:https. */
export interface NodeAdapter {
  /** The server's request listener: 426 on a session's path, `fallback` elsewhere. */
  readonly listener: RequestListener
  /**
   * Takes the server's upgrades.
   * @param listener runs for each of them; give the function that `listener` is wrapped in, so that what it does comes
   * before the 101 too. By default `listener` itself.
   */
  attach(server: Server, listener?: RequestListener): Attachment
}

function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  const body = '404 Not Found\n'
  response
    .writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length })
    .end(body)
}

/**
 * Mounts sessions on paths of a bare server.
 * @param fallback answers every other request; 404 by default.
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createSessions, defineSession } from '@echosession/core'
 * import { createNodeAdapter } from '@echosession/node'
 *
 * const echo = defineSession({
 *   message(session, message) {
 *     session.send(message)
 *   },
 * })
 * const adapter = createNodeAdapter(createSessions(), { '/ws': echo })
 * const server = createServer(adapter.listener)
 * adapter.attach(server)
 * server.listen(8080)
 * ```
 * @throws {@link EchoSessionError} with `ES_ERR_ROUTE` for a malformed or doubled path.
 */
export function createNodeAdapter<Principals = Readonly<Record<string, unknown>>>(
  sessions: Sessions,
  routes: Routes<Principals>,
  fallback: RequestListener = notFound,
): NodeAdapter {
  const table = new RouteTable(routes as Readonly<Record<string, SessionDefinition>>)
  const binding = new NodeBinding(sessions)
  const find = (request: IncomingMessage) => {
    const found = table.find(pathOf(request.url ?? '/'))
    return found && { ...found, context: { request } satisfies NodeContext }
  }
  const listener: RequestListener = (request, response) => {
    const found = find(request)
    if (found === undefined) return void fallback(request, response)
    const { definition, params, context } = found
    const answer = async () => binding.answer(request, response, definition, params, context)
    void answer().catch((error: unknown) => {
      // Core has reported a failed authorize; the client learns that there was a fault and nothing more.
      const { status, body } = refuse('ES_ERR_AUTHORIZE')
      const framing = {
        'Content-Type': 'text/plain; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
      }
      if (!response.headersSent) response.writeHead(status, framing).end(body)
      // There is no error handler that it could go to, and no client may end the process.
      if (error instanceof EchoSessionError && error.code === 'ES_ERR_BINDING') process.emitWarning(error)
    })
  }
  const routed: DirectRoutes = { find, otherwise: listener }
  return {
    listener,
    attach(server, outer = listener) {
      // What a listener is wrapped in may have something to add to the 101; by itself it has not.
      const isDirect = outer === listener && sessions.options.fastPath
      return binding.attach(server, isDirect ? routed : outer)
    },
  }
}
