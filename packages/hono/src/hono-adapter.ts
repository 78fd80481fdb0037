import type { IncomingMessage, Server } from 'node:http'
import { EchoSessionError, type SessionDefinition, type Sessions } from '@echosession/core'
import { type Attachment, NodeBinding } from '@echosession/node'
import type { Context, Handler, MiddlewareHandler } from 'hono'
import { writeResponse } from './response-writer.js'

/** What this adapter uses of @hono/node-ws: the result of its `createNodeWebSocket`. */
export interface HonoPlugin {
  injectWebSocket(server: Server): void
}

/** Sessions on Hono. `session.context` is the Hono context. */
export interface HonoAdapter {
  /** Makes the handler of a session's route. The middleware around it runs before the 101. */
  upgrade<Principal>(definition: SessionDefinition<Principal, Context>): Handler
  /**
   * Takes the upgrades of the server that `serve` returned; do not call `injectWebSocket` besides.
   * @throws EchoSessionError with `ES_ERR_BINDING` when nothing passes the server's upgrades to the app.
   */
  attach(server: unknown): Attachment
}

// What both node servers give an app as its bindings; for an upgrade there is nothing outgoing.
function bindingsOf(c: Context): { readonly incoming?: IncomingMessage; readonly outgoing?: unknown } {
  return c.env ?? {}
}

/**
 * Mounts sessions on Hono, over @hono/node-ws (with @hono/node-server 1) or @hono/node-server 2's own `websocket` option.
 * Call it right after `new Hono()`: it adds the outermost middleware, which carries the app's answer to the client.
 * @param plugin what `createNodeWebSocket` of @hono/node-ws returned; left out with @hono/node-server 2.
 * @example
 * ```ts
 * import { createSessions, defineSession } from '@echosession/core'
 * import { createHonoAdapter } from '@echosession/hono'
 * import { serve } from '@hono/node-server'
 * import { createNodeWebSocket } from '@hono/node-ws'
 * import { Hono } from 'hono'
 *
 * const echo = defineSession({
 *   message(session, message) {
 *     session.send(message)
 *   },
 * })
 * const app = new Hono()
 * const { upgrade, attach } = createHonoAdapter(createSessions(), app, createNodeWebSocket({ app }))
 * app.get('/ws', upgrade(echo))
 * attach(serve({ fetch: app.fetch, port: 8080 }))
 * ```
 */
export function createHonoAdapter(
  sessions: Sessions,
  app: { use(middleware: MiddlewareHandler): unknown },
  plugin?: HonoPlugin,
): HonoAdapter {
  const binding = new NodeBinding(sessions)
  plugin?.injectWebSocket(binding.relay.asServer)
  app.use(async (c, next) => {
    const { incoming, outgoing } = bindingsOf(c)
    const upgrade = incoming && binding.upgradeOf(incoming)
    if (incoming === undefined || upgrade === undefined || outgoing !== undefined) return next()
    try {
      await next()
    } catch (error) {
      // Hono has nobody for what is thrown and is no Error; for an ordinary request the server does the same.
      console.error(error)
      c.res = c.text('Internal Server Error', 500)
    }
    const { res } = c
    // Nobody but this middleware sees node's response to an upgrade, so for a 101 there need not be one.
    if (res.status < 300 && upgrade.acceptUnwritten(res.headers)) return res.body?.cancel()
    const carry = async () => {
      if (!upgrade.waits) return res.body?.cancel()
      // The plugin has an answer of its own to give once this middleware returns; by then this one is out.
      await new Promise<void>((resolve) =>
        binding.relay.run(upgrade, incoming, (_request, response) =>
          writeResponse(res, response).finally(resolve),
        ),
      )
    }
    // A route of the plugin's own answers 200 and upgrades when this middleware has returned.
    if (upgrade.admitted || res.status >= 300 || res.body !== null) await carry()
    else setImmediate(carry)
  })
  return {
    upgrade: (definition) => async (c) => {
      const { incoming } = bindingsOf(c)
      if (incoming === undefined) {
        throw new EchoSessionError(
          'ES_ERR_BINDING',
          'A session needs a server; start the app with serve of @hono/node-server.',
        )
      }
      const answer = await binding.admit(incoming, definition as SessionDefinition, c.req.param(), c)
      // A Response cannot have the status 101; any success stands for it.
      if (answer.accepted) return c.body(null, 200)
      const headers = {
        'Content-Type': 'text/plain; charset=utf-8',
        'Content-Length': String(Buffer.byteLength(answer.body)),
        ...answer.headers,
      }
      return c.body(answer.body, answer.status as 400, headers)
    },
    attach(server) {
      const listening = server as Server
      if (plugin === undefined && listening.listenerCount?.('upgrade') === 0) {
        throw new EchoSessionError(
          'ES_ERR_BINDING',
          'Nothing passes upgrades to the app: give createHonoAdapter what createNodeWebSocket returned, or give serve of @hono/node-server 2 the option websocket.',
        )
      }
      return binding.attach(listening, plugin === undefined ? 'host' : 'relay')
    },
  }
}
