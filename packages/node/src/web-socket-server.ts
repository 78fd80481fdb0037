import type { IncomingMessage } from 'node:http'
import type { Sessions } from '@echosession/core'
import { WebSocketServer } from 'ws'
import { DEFLATE_OPTIONS } from './message-deflate.js'
import type { AcceptedUpgrade } from './open-session.js'

/**
 * Makes the `ws` server that answers 101: it keeps the engine's limits and leaves every decision to it.
 * @param acceptedOf finds what was decided on a request.
 */
export function createWebSocketServer(
  sessions: Sessions,
  acceptedOf: (request: IncomingMessage) => AcceptedUpgrade | undefined,
): WebSocketServer {
  const { maxMessageBytes, maxFragments, compression, closeTimeoutMs } = sessions.options
  // Core cuts a peer that does not answer a close frame; ws is only not to be faster. Its types lag behind here.
  const closing = { closeTimeout: 2 * closeTimeoutMs }
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageBytes,
    maxFragments,
    perMessageDeflate: compression ? DEFLATE_OPTIONS : false,
    autoPong: false,
    handleProtocols: (_offered, request) => acceptedOf(request)?.protocol || false,
    ...closing,
  })
  server.on('headers', (headers, request) => headers.push(...(acceptedOf(request)?.lines ?? [])))
  return server
}
