import { echoSessionPlugin } from '@echosession/fastify'
import fastify from 'fastify'
import { countRequest, nameRequest, pickLanguage } from './guard.js'
import { listening } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import { HOST, type StartServer } from './server-plan.js'

/** EchoSession on Fastify 5, on @fastify/websocket. */
export const startOnFastify: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app = fastify()
  await app.register(echoSessionPlugin, { sessions })
  if (plan.app === 'guarded') {
    app.decorateRequest('name', '')
    app.decorateRequest('language', '')
    app.addHook('onRequest', async (request) => request.setDecorator('name', nameRequest()))
    app.addHook('onRequest', async (request) => countRequest(request.url))
    app.addHook('onRequest', async (request) => {
      request.setDecorator('language', pickLanguage(request.headers['accept-language']))
    })
  }
  app.session('/ws', defineApp(plan.app, sessions))
  await app.listen({ port: plan.port, host: HOST, backlog: 4096 })
  return listening(app.server)
}
