import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Fault, Makes } from './fault.js'
import { answerHandshake } from './raw-handshake.js'
import { RawSession } from './raw-session.js'

/** A running raw server. */
export interface RawServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts an echo server that does nothing wrong, except for one thing.
 *
 * @param fault - what it does wrong; nothing unless given
 */
export async function startRawServer(fault?: Fault): Promise<RawServer> {
  const makes: Makes = (other) => other === fault
  const sockets = new Set<Socket>()
  let isBroken = false
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let session: RawSession | undefined
    let request = Buffer.alloc(0)
    const open = (head: Buffer): void => {
      session = new RawSession(makes, {
        write: (bytes) => void socket.write(bytes),
        end: () => void socket.end(),
      })
      if (!makes('forgets what comes with the handshake')) session.push(head)
    }
    socket.on('data', (bytes: Buffer) => {
      if (session !== undefined) {
        session.push(bytes)
        return
      }
      if (isBroken) return
      request = Buffer.concat([request, bytes])
      const end = request.indexOf('\r\n\r\n')
      if (end < 0) return
      const answer = answerHandshake(request.subarray(0, end).toString('latin1'), makes)
      isBroken ||= answer.breaks === true
      if (answer.text !== undefined) socket.write(answer.text)
      if (answer.isOpen) open(request.subarray(end + 4))
      else if (answer.text !== undefined) socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
