import type { Answer, SessionDefinition, Sessions } from '@echosession/core'
import { EchoSessionError } from '@echosession/core'
import { NodeBinding, type PathParams } from '@echosession/node'
import websocket, { type WebsocketPluginOptions } from '@fastify/websocket'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

/** What the plugin is registered with. */
export interface EchoSessionPluginOptions {
  /** The engine. */
  readonly sessions: Sessions
  /** Options for @fastify/websocket, which this plugin registers; they concern its own routes only. */
  readonly websocket?: WebsocketPluginOptions
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Mounts a session on a path of this instance. Its hooks and the route's own run before the 101.
     * `session.context` is the Fastify request.
     */
    session<Principal>(
      url: string,
      definition: SessionDefinition<Principal, FastifyRequest>,
      options?: RouteShorthandOptions,
    ): FastifyInstance
  }
}

async function register(fastify: FastifyInstance, options: EchoSessionPluginOptions): Promise<void> {
  if (fastify.hasDecorator('websocketServer')) {
    throw new EchoSessionError(
      'ES_ERR_BINDING',
      'Register @echosession/fastify instead of @fastify/websocket, not after it; its options go into `websocket`.',
    )
  }
  const binding = new NodeBinding(options.sessions)
  const attachment = binding.attach(fastify.server, 'relay')
  fastify.addHook('preClose', async () => {
    await binding.drain()
    attachment.detach()
  })
  // Without a promise, as is the last hook of a route where it can: what need not be waited for goes on in the same turn.
  fastify.addHook('onRequest', (request, reply, done) => {
    binding.upgradeOf(request.raw)?.serve(reply.raw)
    done()
  })
  const { websocket: plugin = {} } = options
  await fastify.register(websocket, {
    ...plugin,
    options: { ...plugin.options, server: binding.relay.asServer },
  })
  fastify.decorate('session', function session(this: FastifyInstance, url, definition, routeOptions = {}) {
    const { preHandler = [] } = routeOptions
    return this.route({
      ...routeOptions,
      method: 'GET',
      url,
      websocket: true,
      preHandler: [
        ...(Array.isArray(preHandler) ? preHandler : [preHandler]),
        // The last hook before the plugin's handler, which would answer 101 without asking.
        (request, reply) => {
          const params = request.params as PathParams
          const answer = binding.admit(request.raw, definition as SessionDefinition, params, request)
          return answer instanceof Promise
            ? answer.then((settled) => give(settled, reply))
            : give(answer, reply)
        },
      ],
      handler: () => {},
    })
  })
}

function give(answer: Answer, reply: FastifyReply): void {
  if (answer.accepted) reply.code(101).send()
  else {
    reply.code(answer.status).headers(answer.headers).type('text/plain; charset=utf-8').send(answer.body)
  }
}

/**
 * Mounts sessions on Fastify 5, over @fastify/websocket.
 * @example
 * ```ts
 * import { createSessions, defineSession } from '@echosession/core'
 * import { echoSessionPlugin } from '@echosession/fastify'
 * import fastify from 'fastify'
 *
 * const echo = defineSession({
 *   message(session, message) {
 *     session.send(message)
 *   },
 * })
 * const app = fastify()
 * await app.register(echoSessionPlugin, { sessions: createSessions() })
 * app.session('/ws', echo)
 * await app.listen({ port: 8080 })
 * ```
 */
export const echoSessionPlugin = fp(register, { fastify: '5.x', name: '@echosession/fastify' })
