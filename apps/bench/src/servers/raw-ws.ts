import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { countRequest, nameRequest, pickLanguage, verifyCookie } from './guard.js'
import { listen } from './listen.js'
import type { StartServer } from './server-plan.js'
import { keepAlive, runApp, serverOptions } from './web-socket-app.js'

/** `ws` as its README shows it: the base of every ratio. */
export const startRawWs: StartServer = async (plan) => {
  const server = createServer()
  const guarded = plan.app === 'guarded'
  const webSockets = new WebSocketServer({
    ...serverOptions(plan),
    ...(guarded ? { noServer: true } : { server, path: '/ws' }),
  })
  keepAlive(webSockets, plan.heartbeatMs)
  webSockets.on('connection', (socket) => runApp(plan.app, socket, () => webSockets.clients))
  if (guarded) {
    server.on('upgrade', async (request, socket, head) => {
      socket.on('error', () => {})
      const { url, headers } = request
      nameRequest()
      countRequest(url)
      pickLanguage(headers['accept-language'])
      if (await verifyCookie(headers.cookie)) {
        webSockets.handleUpgrade(request, socket, head, (ws) => webSockets.emit('connection', ws, request))
      } else socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
    })
  }
  return listen(server, plan.port)
}
