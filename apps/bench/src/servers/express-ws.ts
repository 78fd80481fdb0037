import express from 'express'
import expressWs from 'express-ws'
import type { WebSocket } from 'ws'
import { relaySay } from './chat-message.js'
import { useCheck, useMiddleware } from './express-middleware.js'
import { listening } from './listen.js'
import { HOST, type ServerPlan, type StartServer } from './server-plan.js'
import { keepAlive, serverOptions } from './web-socket-app.js'

// Its ws is of version 7, which gives text as strings and takes a string as text.
function run({ app }: ServerPlan, socket: WebSocket, clients: () => Iterable<WebSocket>): void {
  socket.on('error', () => {})
  socket.on('message', (data) => {
    if (app !== 'broadcast' && app !== 'chat') return void socket.send(data)
    const out = app === 'chat' ? relaySay(String(data)) : data
    if (out === undefined) return
    for (const client of clients()) if (client.readyState === client.OPEN) client.send(out)
  })
}

/** Express 5 with express-ws. */
export const startExpressWs: StartServer = async (plan) => {
  const { app, getWss } = expressWs(express(), undefined, { wsOptions: serverOptions(plan) })
  const server = getWss()
  keepAlive(server, plan.heartbeatMs)
  if (plan.app === 'guarded') {
    useMiddleware(app)
    useCheck(app)
  }
  app.ws('/ws', (socket) => run(plan, socket, () => server.clients))
  return listening(app.listen(plan.port, HOST))
}
