import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import * as ws from 'ws'
import { admit } from './guard.js'
import { listen } from './listen.js'
import type { StartServer } from './server-plan.js'
import { keepAlive, runApp, serverOptions } from './web-socket-app.js'

function ignore(): void {}

/** `ws` as its README shows it: the base of every ratio. */
export const startRawWs: StartServer = async (plan) => {
  const server = createServer()
  const guarded = plan.app === 'guarded'
  const { WebSocketServer }: typeof ws = plan.from === undefined ? ws : createRequire(plan.from)('ws')
  const webSockets = new WebSocketServer({
    ...serverOptions(plan),
    ...(guarded ? { noServer: true } : { server, path: '/ws' }),
  })
  keepAlive(webSockets, plan.heartbeatMs)
  webSockets.on('connection', (socket) => runApp(plan.app, socket, () => webSockets.clients))
  if (guarded) {
    server.on('upgrade', async (request, socket, head) => {
      // A function of this one's would keep the request for as long as there is the socket.
      socket.on('error', ignore)
      if (await admit(request.url ?? '/', (name) => request.headers[name]?.toString() ?? '')) {
        socket.off('error', ignore)
        webSockets.handleUpgrade(request, socket, head, (ws) => webSockets.emit('connection', ws, request))
      } else socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
    })
  }
  return listen(server, plan.port)
}
