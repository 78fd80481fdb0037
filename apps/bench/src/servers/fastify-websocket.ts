import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance } from 'fastify'
import { countRequest, nameRequest, pickLanguage, verifyCookie } from './guard.js'
import { listening } from './listen.js'
import { HOST, type StartServer } from './server-plan.js'
import { keepAlive, runApp, serverOptions } from './web-socket-app.js'

function use(app: FastifyInstance): void {
  app.decorateRequest('name', '')
  app.decorateRequest('language', '')
  app.addHook('onRequest', async (request) => {
    request.setDecorator('name', nameRequest())
  })
  app.addHook('onRequest', async (request) => countRequest(request.url))
  app.addHook('onRequest', async (request) => {
    request.setDecorator('language', pickLanguage(request.headers['accept-language']))
  })
  app.addHook('onRequest', async (request, reply) => {
    if ((await verifyCookie(request.headers.cookie)) === undefined) return reply.code(401).send()
  })
}

/** Fastify 5 with @fastify/websocket. */
export const startFastifyWebsocket: StartServer = async (plan) => {
  const app = fastify()
  await app.register(websocket, { options: serverOptions(plan) })
  keepAlive(app.websocketServer, plan.heartbeatMs)
  if (plan.app === 'guarded') use(app)
  app.get('/ws', { websocket: true }, (socket) => runApp(plan.app, socket, () => app.websocketServer.clients))
  await app.listen({ port: plan.port, host: HOST, backlog: 4096 })
  return listening(app.server)
}
