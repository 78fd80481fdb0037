import { createServer, type RequestListener, type Server } from 'node:http'
import { createExpressAdapter } from '@echosession/express'
import { echoSessionPlugin } from '@echosession/fastify'
import { createHonoAdapter } from '@echosession/hono'
import { createKoaAdapter } from '@echosession/koa'
import { createNodeAdapter } from '@echosession/node'
import { serve } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { serve as serve2 } from 'hono-node-server-2'
import Koa from 'koa'
import { WebSocketServer } from 'ws'
import { countRequest, nameRequest, pickLanguage } from './guard.js'
import { type GuardedHono, useMiddleware } from './hono-app.js'
import { listen, listening } from './listen.js'
import { createEngine, defineApp } from './own-app.js'
import { HOST, type StartServer } from './server-plan.js'

// Its types are stricter than those of ws about an option that may be undefined.
type UpgradeServer = NonNullable<Parameters<typeof serve2>[0]['websocket']>['server']

/** EchoSession on bare node:http. */
export const startOnNode: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const adapter = createNodeAdapter(sessions, { '/ws': defineApp(plan.app, sessions) })
  const listener: RequestListener = (request, response) => {
    nameRequest()
    countRequest(request.url)
    pickLanguage(request.headers['accept-language'])
    adapter.listener(request, response)
  }
  const outer = plan.app === 'guarded' ? listener : adapter.listener
  const server = createServer(outer)
  adapter.attach(server, outer)
  return listen(server, plan.port)
}

/** EchoSession on Express 5. */
export const startOnExpress: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app = express()
  const { upgrade, attach } = createExpressAdapter(sessions)
  if (plan.app === 'guarded') {
    app.use((_req, res, next) => {
      res.locals.id = nameRequest()
      next()
    })
    app.use((req, _res, next) => {
      countRequest(req.path)
      next()
    })
    app.use((req, res, next) => {
      res.locals.language = pickLanguage(req.get('accept-language'))
      next()
    })
  }
  app.get('/ws', upgrade(defineApp(plan.app, sessions)))
  const server = createServer(app)
  attach(server, app)
  return listen(server, plan.port)
}

/** EchoSession on Koa 3. */
export const startOnKoa: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app = new Koa()
  const { upgrade, attach } = createKoaAdapter(sessions)
  if (plan.app === 'guarded') {
    app.use((ctx, next) => {
      ctx.state.id = nameRequest()
      return next()
    })
    app.use((ctx, next) => {
      countRequest(ctx.path)
      return next()
    })
    app.use((ctx, next) => {
      ctx.state.language = pickLanguage(ctx.get('accept-language'))
      return next()
    })
  }
  app.use(new Router().get('/ws', upgrade(defineApp(plan.app, sessions))).routes())
  const server = createServer(app.callback())
  attach(server, app)
  return listen(server, plan.port)
}

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

/** EchoSession on Hono 4, on @hono/node-ws. */
export const startOnHonoNodeWs: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app: GuardedHono = new Hono()
  const { upgrade, attach } = createHonoAdapter(sessions, app, createNodeWebSocket({ app }))
  if (plan.app === 'guarded') useMiddleware(app)
  app.get('/ws', upgrade(defineApp(plan.app, sessions)))
  const server = serve({ fetch: app.fetch, port: plan.port, hostname: HOST })
  attach(server)
  return listening(server as Server)
}

/** EchoSession on Hono 4, on @hono/node-server 2. */
export const startOnHonoNodeServer: StartServer = async (plan) => {
  const sessions = createEngine(plan)
  const app: GuardedHono = new Hono()
  const { upgrade, attach } = createHonoAdapter(sessions, app)
  if (plan.app === 'guarded') useMiddleware(app)
  app.get('/ws', upgrade(defineApp(plan.app, sessions)))
  const server = serve2({
    fetch: app.fetch,
    port: plan.port,
    hostname: HOST,
    websocket: { server: new WebSocketServer({ noServer: true }) as UpgradeServer },
  })
  attach(server)
  return listening(server as Server)
}
