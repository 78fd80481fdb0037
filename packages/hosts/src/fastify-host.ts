import type { DrainReport, SessionDefinition } from '@echosession/core'
import { echoSessionPlugin } from '@echosession/fastify'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { engineOf, type Host, listening, ownCertificate, type Setup } from './host.js'

/** Fastify 5 with @fastify/websocket underneath. */
export async function mountOnFastify(setup: Setup): Promise<Host> {
  const { before, onError, secure = false } = setup
  const sessions = engineOf(setup)
  const app: FastifyInstance = secure
    ? (fastify({ https: ownCertificate() }) as unknown as FastifyInstance)
    : fastify()
  await app.register(echoSessionPlugin, { sessions })
  if (before !== undefined) {
    app.addHook('onRequest', async (request, reply) => {
      const own = await before({
        path: request.url,
        header: (name) => request.headers[name]?.toString(),
        setHeader: (name, value) => void reply.raw.appendHeader(name, value),
      })
      if (own !== undefined) return reply.code(own.status).send(own.body)
    })
  }
  app.addHook('onError', async (_request, _reply, error) => onError?.(error))
  const routes = async (area: FastifyInstance) => {
    for (const [path, definition] of Object.entries(setup.routes)) {
      area.session(path, definition as SessionDefinition<unknown, FastifyRequest>)
    }
  }
  await app.register(routes, setup.prefix === undefined ? {} : { prefix: setup.prefix })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const port = await listening(app.server)
  const close = async (): Promise<DrainReport> => {
    await app.close()
    return sessions.drain()
  }
  return { port, secure, sessions, server: app.server, close }
}
