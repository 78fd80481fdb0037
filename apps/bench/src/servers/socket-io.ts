import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { readSay } from './chat-message.js'
import { countRequest, nameRequest, pickLanguage, verifyCookie } from './guard.js'
import { listen } from './listen.js'
import type { StartServer } from './server-plan.js'

function use(io: Server): void {
  io.use((socket, next) => {
    socket.data.id = nameRequest()
    next()
  })
  io.use((socket, next) => {
    countRequest(socket.handshake.url)
    next()
  })
  io.use((socket, next) => {
    socket.data.language = pickLanguage(socket.handshake.headers['accept-language'])
    next()
  })
  io.use(async (socket, next) => {
    if (await verifyCookie(socket.handshake.headers.cookie)) next()
    else next(new Error('unauthorized'))
  })
}

/** Socket.IO 4, on its WebSocket transport alone. */
export const startSocketIo: StartServer = async ({ app, port, deflate, heartbeatMs }) => {
  const server = createServer()
  const io = new Server(server, {
    transports: ['websocket'],
    serveClient: false,
    // The default is a little less than the largest message here.
    maxHttpBufferSize: 2_097_152,
    httpCompression: false,
    perMessageDeflate: deflate ? { threshold: 1024 } : false,
    ...(heartbeatMs === 0 ? {} : { pingInterval: heartbeatMs }),
  })
  if (app === 'guarded') use(io)
  io.on('connection', (socket) => {
    socket.join('all')
    if (app === 'broadcast') socket.on('m', (data) => io.to('all').emit('m', data))
    else if (app === 'chat') {
      socket.on('m', (data) => {
        const say = readSay(data)
        if (say !== undefined) io.to('all').emit('m', { type: 'said', room: say.room, text: say.text })
      })
    } else socket.on('m', (data) => socket.emit('m', data))
  })
  return listen(server, port)
}
