import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { createNodeWebSocket } from '@hono/node-ws'
import { Hono } from 'hono'
import { serve as serve2, upgradeWebSocket } from 'hono-node-server-2'
import { WebSocketServer } from 'ws'
import { createHonoApp, type GuardedHono, useGuard } from './hono-app.js'
import { listening } from './listen.js'
import { HOST, type ServerPlan, type StartServer } from './server-plan.js'
import { keepAlive, serverOptions } from './web-socket-app.js'

// Its types are stricter than those of ws about an option that may be undefined.
type UpgradeServer = NonNullable<Parameters<typeof serve2>[0]['websocket']>['server']

function createApp({ app }: ServerPlan): GuardedHono {
  const hono: GuardedHono = new Hono()
  if (app === 'guarded') useGuard(hono)
  return hono
}

/** Hono 4 on @hono/node-server 1 with @hono/node-ws, which takes no option of ws. */
export const startHonoNodeWs: StartServer = async (plan) => {
  const app = createApp(plan)
  const { upgradeWebSocket, injectWebSocket, wss } = createNodeWebSocket({ app })
  keepAlive(wss, plan.heartbeatMs)
  app.get('/ws', upgradeWebSocket(createHonoApp(plan.app)))
  const server = serve({ fetch: app.fetch, port: plan.port, hostname: HOST })
  injectWebSocket(server)
  return listening(server as Server)
}

/** Hono 4 on @hono/node-server 2, which upgrades by itself. */
export const startHonoNodeServer: StartServer = async (plan) => {
  const app = createApp(plan)
  const webSockets = new WebSocketServer({ noServer: true, ...serverOptions(plan) })
  keepAlive(webSockets, plan.heartbeatMs)
  app.get('/ws', upgradeWebSocket(createHonoApp(plan.app)))
  const server = serve2({
    fetch: app.fetch,
    port: plan.port,
    hostname: HOST,
    websocket: { server: webSockets as UpgradeServer },
  })
  return listening(server as Server)
}
