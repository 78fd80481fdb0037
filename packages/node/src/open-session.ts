import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Attempt, Sessions } from '@echosession/core'
import type { WebSocketServer } from 'ws'
import { formatSwitching } from './answer-lines.js'
import { LanePort, type LaneSettings } from './lane-port.js'
import type { NodeRequest } from './node-request.js'
import { WebSocketPort } from './web-socket-port.js'
import { createWebSocketServer } from './web-socket-server.js'

/** An accepted upgrade whose socket nobody else listens to any more. */
export interface AcceptedUpgrade {
  readonly request: IncomingMessage
  /** Core's view of the request. */
  readonly source: NodeRequest
  readonly socket: Duplex
  /** What the client sent ahead of the 101. */
  readonly early: Buffer
  readonly attempt: Attempt
  /** The subprotocol to answer with; empty for none. */
  readonly protocol: string
  /** The header lines that the host adds to the 101. */
  readonly lines: readonly string[]
}

/** Answers 101 and opens the session. */
export type OpenSession = (upgrade: AcceptedUpgrade) => void

/** Makes what opens the sessions of one engine. */
export function createOpenSession(sessions: Sessions): OpenSession {
  const accepted = new WeakMap<IncomingMessage, AcceptedUpgrade>()
  const server = createWebSocketServer(sessions, (request) => accepted.get(request))
  const { compression, fastPath, maxMessageBytes } = sessions.options
  const settings: LaneSettings = { server, maxMessageBytes }
  return (upgrade) => {
    upgrade.source.shrink()
    // Compressed messages are for ws from the first byte on; its own negotiation decides whether there will be any.
    if (!fastPath || (compression && upgrade.source.headerValues('sec-websocket-extensions').length > 0)) {
      accepted.set(upgrade.request, upgrade)
      openWebSocket(server, upgrade)
    } else openLane(settings, upgrade)
  }
}

function openLane(settings: LaneSettings, upgrade: AcceptedUpgrade): void {
  const { source, socket, early, attempt, protocol, lines } = upgrade
  const [key = ''] = source.headerValues('sec-websocket-key')
  socket.write(formatSwitching(key, protocol, lines), 'latin1')
  if (socket instanceof Socket) socket.setTimeout(0).setNoDelay()
  const port = new LanePort(settings, socket)
  const { sink, start } = attempt.open(port)
  port.connect(sink, early)
  socket.resume()
  start()
}

function openWebSocket(server: WebSocketServer, upgrade: AcceptedUpgrade): void {
  const { request, socket, early, attempt } = upgrade
  // Until the callback, a client that leaves or that ws refuses gives its place back.
  const giveUp = () => attempt.abandon()
  socket.once('close', giveUp)
  server.handleUpgrade(request, socket, early, (webSocket) => {
    socket.removeListener('close', giveUp)
    const port = new WebSocketPort(webSocket, socket)
    const { sink, start } = attempt.open(port)
    port.connect(sink)
    socket.resume()
    start()
  })
}
