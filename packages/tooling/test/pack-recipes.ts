/** How a user's empty project uses a package: what is installed, and a module to compile and run. */
export interface PackRecipe {
  /** The public packages that are installed from their tarballs, by folder name. */
  readonly packages: readonly string[]
  /** What a user installs besides, by the folder in which this repository has it. */
  readonly hosts: readonly string[]
  /** A module that exports `start`, which serves an echo at `/ws` and gives the port and a way to stop. */
  readonly server: string
}

const ECHO = `
const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})
const sessions = createSessions()
`

const START = `
export async function start() {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, stop: () => attachment.close() }
}
`

const node = `
import { createServer } from 'node:http'
import { createSessions, defineSession } from '@echosession/core'
import { createNodeAdapter } from '@echosession/node'
${ECHO}
const adapter = createNodeAdapter(sessions, { '/ws': echo })
const server = createServer(adapter.listener)
const attachment = adapter.attach(server)
// @ts-expect-error a port is no set of routes, and the types say so
void (() => createNodeAdapter(sessions, 8080))
${START}`

const express = `
import { createServer } from 'node:http'
import { createSessions, defineSession } from '@echosession/core'
import { createExpressAdapter } from '@echosession/express'
import express from 'express'
${ECHO}
const app = express()
const { upgrade, attach } = createExpressAdapter(sessions)
app.get('/ws', upgrade(echo))
const server = createServer(app)
const attachment = attach(server, app)
// @ts-expect-error an app is no engine, and the types say so
void (() => createExpressAdapter(app))
${START}`

const koa = `
import { createServer } from 'node:http'
import { createSessions, defineSession } from '@echosession/core'
import { createKoaAdapter } from '@echosession/koa'
import Router from '@koa/router'
import Koa from 'koa'
${ECHO}
const app = new Koa()
const router = new Router()
const { upgrade, attach } = createKoaAdapter(sessions)
router.get('/ws', upgrade(echo))
app.use(router.routes())
const server = createServer(app.callback())
const attachment = attach(server, app)
// @ts-expect-error an app is no engine, and the types say so
void (() => createKoaAdapter(app))
${START}`

const fastify = `
import { createSessions, defineSession } from '@echosession/core'
import { echoSessionPlugin } from '@echosession/fastify'
import fastify from 'fastify'
${ECHO}
export async function start() {
  const app = fastify()
  await app.register(echoSessionPlugin, { sessions })
  app.session('/ws', echo)
  // @ts-expect-error a number is no path, and the types say so
  void (() => app.session(1, echo))
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: Number(new URL(address).port), stop: () => app.close() }
}
`

const hono = `
import { once } from 'node:events'
import { createSessions, defineSession } from '@echosession/core'
import { createHonoAdapter } from '@echosession/hono'
import { serve } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import { Hono } from 'hono'
${ECHO}
const app = new Hono()
const { upgrade, attach } = createHonoAdapter(sessions, app, createNodeWebSocket({ app }))
app.get('/ws', upgrade(echo))
// @ts-expect-error a number is no app, and the types say so
void (() => createHonoAdapter(sessions, 1))
export async function start() {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const attachment = attach(server)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, stop: () => attachment.close() }
}
`

const honoServer2 = hono
  .replace("import { createNodeWebSocket } from '@hono/node-ws'", "import { WebSocketServer } from 'ws'")
  .replace(', createNodeWebSocket({ app })', '')
  .replace(
    "hostname: '127.0.0.1' }",
    "hostname: '127.0.0.1', websocket: { server: new WebSocketServer({ noServer: true }) } }",
  )

/** The recipe of each adapter on each of its hosts. */
export const PACK_RECIPES: Readonly<Record<string, PackRecipe>> = {
  node: { packages: ['core', 'node'], hosts: ['@types/node'], server: node },
  express: {
    packages: ['core', 'node', 'express'],
    hosts: ['express', '@types/express', '@types/node'],
    server: express,
  },
  koa: {
    packages: ['core', 'node', 'koa'],
    hosts: ['koa', '@koa/router', '@types/koa', '@types/node'],
    server: koa,
  },
  fastify: {
    packages: ['core', 'node', 'fastify'],
    hosts: ['fastify', '@fastify/websocket', '@types/node'],
    server: fastify,
  },
  hono: {
    packages: ['core', 'node', 'hono'],
    hosts: ['hono', '@hono/node-server', '@hono/node-ws', '@types/node'],
    server: hono,
  },
  'hono on @hono/node-server 2': {
    packages: ['core', 'node', 'hono'],
    // Its own documentation asks its users for ws and the types of ws.
    hosts: ['hono', 'hono-node-server-2', 'ws', '@types/ws', '@types/node'],
    server: honoServer2,
  },
}

/** Starts `server.js`, echoes a text and some bytes through it with the client of `ws`, and stops it. */
export const ROUND_TRIP = `
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { start } from './server.js'

const { port, stop } = await start()
const socket = new WebSocket('ws://127.0.0.1:' + port + '/ws')
await once(socket, 'open')
const trip = async (data) => {
  socket.send(data)
  const [answer, isBinary] = await once(socket, 'message')
  return isBinary ? [...answer] : answer.toString()
}
const answers = [await trip('grüße'), await trip(Buffer.from([0, 255, 1]))]
const closed = once(socket, 'close')
await stop()
const [code] = await closed
console.log(JSON.stringify({ answers, code }))
`

/** Uses the core alone, over its own transport in memory. */
export const CORE_TRIP = `
import { defineSession } from '@echosession/core'
import { connect } from '@echosession/core/memory'

const shout = defineSession({
  message(session, message) {
    session.send(message.text().toUpperCase())
  },
})
const client = await connect(shout)
client.send('hello')
const answer = await client.next()
client.close(1000)
// @ts-expect-error a session needs a handler, and the types say so
void (() => defineSession(1))
console.log(answer?.text())
`
