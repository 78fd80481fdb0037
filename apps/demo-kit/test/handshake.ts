import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'

/** The answer to an upgrade request that was refused. */
export interface Refused {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Connects a WebSocket. */
export async function connect(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const webSocket = new WebSocket(url, options)
  await once(webSocket, 'open')
  return webSocket
}

/** Sends an upgrade request that is to be refused. */
export async function refused(url: string, options: ClientOptions = {}): Promise<Refused> {
  const webSocket = new WebSocket(url, options)
  const outcome = await Promise.race([
    once(webSocket, 'unexpected-response'),
    once(webSocket, 'open').then(() => undefined),
  ])
  if (outcome === undefined) {
    webSocket.terminate()
    throw new Error(`${url} accepted a handshake that it was to refuse.`)
  }
  const response = outcome[1] as IncomingMessage
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece as Buffer)
  const { statusCode = 0, headers } = response
  return { status: statusCode, headers, body: Buffer.concat(pieces).toString() }
}

/** Sends one message and returns what comes back. */
export async function exchange(
  webSocket: WebSocket,
  message: string | Buffer,
): Promise<{ readonly isBinary: boolean; readonly bytes: Buffer }> {
  const answered = once(webSocket, 'message')
  webSocket.send(message)
  const [bytes, isBinary] = await answered
  return { isBinary: isBinary as boolean, bytes: bytes as Buffer }
}
