import { relaySay } from '../dist/servers/chat-message.js'
import { admit } from '../dist/servers/guard.js'
import { serveOrders } from './orders.mjs'

const plan = JSON.parse(process.argv[2])
const sockets = new Set()

const message = {
  // Bun compresses what it is told to.
  echo: (socket, data) => socket.send(data, plan.deflate),
  guarded: (socket, data) => socket.send(data),
  broadcast: (_socket, data) => server.publish('all', data),
  chat(_socket, data) {
    const said = relaySay(data)
    if (said !== undefined) server.publish('all', said)
  },
}[plan.app]

const server = await serveOrders(
  () =>
    Bun.serve({
      port: plan.port,
      hostname: '127.0.0.1',
      async fetch(request, self) {
        if (plan.app === 'guarded' && !(await admit(request.url, (name) => request.headers.get(name) ?? '')))
          return new Response(null, { status: 401 })
        if (!self.upgrade(request)) return new Response(null, { status: 426 })
      },
      websocket: {
        perMessageDeflate: plan.deflate,
        open(socket) {
          sockets.add(socket)
          socket.subscribe('all')
        },
        close(socket) {
          sockets.delete(socket)
        },
        message,
      },
    }),
  () => Bun.gc(true),
)

if (plan.heartbeatMs > 0) {
  setInterval(() => {
    for (const socket of sockets) socket.ping()
  }, plan.heartbeatMs)
}
