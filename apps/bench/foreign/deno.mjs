import process from 'node:process'
import { relaySay } from '../dist/servers/chat-message.js'
import { admit } from '../dist/servers/guard.js'
import { serveOrders } from './orders.mjs'

const plan = JSON.parse(process.argv[2])
const sockets = new Set()

function toAll(data) {
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(data)
}

function run(socket) {
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => sockets.add(socket)
  socket.onclose = () => sockets.delete(socket)
  socket.onerror = () => {}
  socket.onmessage = ({ data }) => {
    if (plan.app === 'broadcast') toAll(data)
    else if (plan.app === 'chat') {
      const said = relaySay(data)
      if (said !== undefined) toAll(said)
    } else socket.send(data)
  }
}

async function answer(request) {
  if (plan.app === 'guarded' && !(await admit(request.url, (name) => request.headers.get(name) ?? '')))
    return new Response(null, { status: 401 })
  const options = plan.heartbeatMs > 0 ? { idleTimeout: plan.heartbeatMs / 1000 } : {}
  const { socket, response } = Deno.upgradeWebSocket(request, options)
  run(socket)
  return response
}

await serveOrders(
  () =>
    new Promise((resolve) => {
      const options = {
        port: plan.port,
        hostname: '127.0.0.1',
        onListen: ({ port }) => resolve({ port }),
        onError: () => new Response(null, { status: 500 }),
      }
      Deno.serve(options, answer)
    }),
  // As Node's servers are measured: at rest.
  () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
)
