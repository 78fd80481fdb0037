import { type PerMessageDeflateOptions, type RawData, WebSocket, type WebSocketServer } from 'ws'
import { relaySay } from './chat-message.js'
import type { App, ServerPlan } from './server-plan.js'

// The settings that the README of ws shows.
const DEFLATE: PerMessageDeflateOptions = {
  zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3 },
  zlibInflateOptions: { chunkSize: 10 * 1024 },
  concurrencyLimit: 10,
  threshold: 1024,
}

/** The options of a WebSocketServer of `ws` for a plan. */
export function serverOptions({ deflate }: ServerPlan): {
  perMessageDeflate: PerMessageDeflateOptions | false
} {
  return { perMessageDeflate: deflate ? DEFLATE : false }
}

/** Handles one socket of `ws` 8 as its README shows. */
export function runApp(app: App, socket: WebSocket, clients: () => Iterable<WebSocket>): void {
  socket.on('error', () => {})
  socket.on('message', handlerOf(app, socket, clients))
}

function handlerOf(
  app: App,
  socket: WebSocket,
  clients: () => Iterable<WebSocket>,
): (data: RawData, isBinary: boolean) => void {
  if (app === 'broadcast') {
    return (data, isBinary) => {
      for (const client of clients()) {
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary })
      }
    }
  }
  if (app === 'chat') {
    return (data) => {
      const said = relaySay(data.toString())
      if (said === undefined) return
      for (const client of clients()) {
        if (client.readyState === WebSocket.OPEN) client.send(said)
      }
    }
  }
  return (data, isBinary) => socket.send(data, { binary: isBinary })
}

/** Keeps the connections of a server of `ws` alive as its README shows. */
export function keepAlive(server: Pick<WebSocketServer, 'on' | 'clients'>, intervalMs: number): void {
  if (intervalMs === 0) return
  const alive = new WeakSet<WebSocket>()
  server.on('connection', (socket: WebSocket) => {
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
  })
  setInterval(() => {
    for (const socket of server.clients) {
      if (!alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, intervalMs)
}
