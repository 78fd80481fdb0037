import { createSessions, defineSession } from '@echosession/core'
import { server as createServer } from '@hapi/hapi'
import { createHapiAdapter } from './hapi-adapter.js'

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})

const server = createServer({ port: process.env.PORT ?? 8086, host: '127.0.0.1' })
const { upgrade, attach } = createHapiAdapter(createSessions())
server.route({ method: 'GET', path: '/ws', handler: upgrade(echo) })
attach(server)
await server.start()
console.log(`echo-hapi listening on ws://127.0.0.1:${server.info.port}/ws`)
process.once('SIGTERM', () => server.stop())
process.once('SIGINT', () => server.stop())
