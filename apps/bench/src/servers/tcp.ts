import { createServer, type Socket } from 'node:net'
import { listen } from './listen.js'
import { type StartServer, TCP_GREETING } from './server-plan.js'

/** Sends back the bytes that come, without WebSocket: what a server in Node costs at least. */
export const startTcp: StartServer = ({ app, port }) => {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    // Tells the client that it is there, in place of a handshake.
    socket.write(TCP_GREETING)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    if (app === 'broadcast') {
      socket.on('data', (bytes) => {
        for (const other of sockets) other.write(bytes)
      })
    } else socket.on('data', (bytes) => socket.write(bytes))
  })
  return listen(server, port)
}
