import type { Target } from '@echosession/conformance'
import { createSessions } from '@echosession/core'
import { server as createServer } from '@hapi/hapi'
import { createHapiAdapter } from './hapi-adapter.js'

export const hapi: Target = {
  name: 'hapi',
  capabilities: {
    network: true,
    http: true,
    middleware: true,
    server: true,
    ping: true,
    pause: true,
    unfinished: true,
    compression: true,
  },
  async mount(definition, options, { middleware }) {
    const sessions = createSessions(options)
    // Hapi would answer 400 to a cookie that it cannot parse, before the session sees the request.
    const routes = { state: { parse: false } }
    const server = createServer({ port: 0, host: '127.0.0.1', debug: false, routes })
    const { upgrade, attach } = createHapiAdapter(sessions)
    server.ext('onRequest', (request, h) => {
      const own = middleware?.({
        header: (name) => request.raw.req.headers[name]?.toString(),
        setHeader: (name, value) => void request.raw.res.appendHeader(name, value),
      })
      return own === undefined ? h.continue : h.response(own.body).code(own.status).takeover()
    })
    server.route({ method: 'GET', path: '/ws', handler: upgrade(definition) })
    attach(server)
    await server.start()
    return {
      sessions,
      server: server.listener,
      url: `ws://127.0.0.1:${server.info.port}/ws`,
      close: () => server.stop(),
    }
  },
}
