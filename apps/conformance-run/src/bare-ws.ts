import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

// `ws` alone as an echo, told its limits in the way of the demos; what is not said is as ws has it. It compresses at the
// demos' level, and is held to what it sends, not to how small that is.
const { PORT = '0', COMPRESSION, MAX_MESSAGE_BYTES, MAX_FRAGMENTS } = process.env

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(PORT),
  path: '/ws',
  perMessageDeflate: COMPRESSION === '1' && { zlibDeflateOptions: { level: 1 } },
  ...(MAX_MESSAGE_BYTES === undefined ? {} : { maxPayload: Number(MAX_MESSAGE_BYTES) }),
  ...(MAX_FRAGMENTS === undefined ? {} : { maxFragments: Number(MAX_FRAGMENTS) }),
})
server.on('connection', (socket) => {
  // What ws finds wrong it answers by itself.
  socket.on('error', () => {})
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
server.on('listening', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`bare ws listening on ws://127.0.0.1:${port}/ws\n`)
})
process.once('SIGTERM', () => {
  for (const client of server.clients) client.terminate()
  server.close()
})
