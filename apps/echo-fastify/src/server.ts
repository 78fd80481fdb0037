import { echoSessionPlugin } from '@echosession/fastify'
import cookie from '@fastify/cookie'
import { createChat, defineDemo, echo, SERVER_OPTIONS } from 'demo-kit'
import fastify, { type onRequestAsyncHookHandler } from 'fastify'

/** Starts the echo and the chat on Fastify. */
export const start = defineDemo('echo-fastify', async (demo) => {
  // Fastify gives its server two of these deadlines once more, from its own options.
  const app = fastify({ ...SERVER_OPTIONS, http: SERVER_OPTIONS })
  await app.register(echoSessionPlugin, { sessions: demo.sessions })
  await app.register(cookie)

  const requireToken: onRequestAsyncHookHandler = async (request, reply) => {
    if (demo.accepts(request.headers.authorization, request.cookies.token)) return
    reply
      .code(401)
      .header('WWW-Authenticate', 'Bearer')
      .type('text/plain; charset=utf-8')
      .send('Unauthorized')
    return reply
  }

  app.session('/ws', echo)
  app.session('/chat/:room', createChat(demo.sessions))
  await app.register(async (area) => {
    area.addHook('onRequest', requireToken)
    area.session('/private', echo)
  })
  app.get('/healthz', async (_request, reply) => {
    const { status, body } = demo.health()
    return reply.code(status).send(body)
  })
  app.get('/', async () => demo.greeting())

  return { server: app.server, listen: (address) => app.listen(address), close: () => app.close() }
})
