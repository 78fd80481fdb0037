import type { StartServer } from './server-plan.js'

/** How each target that runs on Node is started; only the one that is asked for is loaded. */
export const STARTERS: Readonly<Record<string, () => Promise<StartServer>>> = {
  ws: async () => (await import('./raw-ws.js')).startRawWs,
  'ws-bufferutil': async () => (await import('./raw-ws.js')).startRawWs,
  node: async () => (await import('./own-node.js')).startOnNode,
  express: async () => (await import('./own-express.js')).startOnExpress,
  koa: async () => (await import('./own-koa.js')).startOnKoa,
  fastify: async () => (await import('./own-fastify.js')).startOnFastify,
  'hono-node-ws': async () => (await import('./own-hono-node-ws.js')).startOnHonoNodeWs,
  'hono-node-server': async () => (await import('./own-hono-node-server.js')).startOnHonoNodeServer,
  'express-ws': async () => (await import('./express-ws.js')).startExpressWs,
  'koa-websocket': async () => (await import('./koa-websocket.js')).startKoaWebsocket,
  'express-by-hand': async () => (await import('./by-hand.js')).startExpressByHand,
  'koa-by-hand': async () => (await import('./by-hand.js')).startKoaByHand,
  'fastify-websocket': async () => (await import('./fastify-websocket.js')).startFastifyWebsocket,
  'hono-node-ws-alone': async () => (await import('./hono-peers.js')).startHonoNodeWs,
  'hono-node-server-alone': async () => (await import('./hono-peers.js')).startHonoNodeServer,
  crossws: async () => (await import('./crossws.js')).startCrossws,
  'socket.io': async () => (await import('./socket-io.js')).startSocketIo,
  tcp: async () => (await import('./tcp.js')).startTcp,
}
