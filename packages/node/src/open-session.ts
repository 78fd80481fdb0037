import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Attempt, Sessions } from '@echosession/core'
import type { WebSocketServer } from 'ws'
import { formatSwitching } from './answer-lines.js'
import { DeflateTerms } from './deflate-terms.js'
import { LanePort, type LaneSettings } from './lane-port.js'
import { createInflate } from './message-deflate.js'
import type { NodeRequest } from './node-request.js'
import { replayed } from './replayed-request.js'
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

const WINDOW = /server_max_window_bits/i

/** Answers 101 and opens the session. */
export type OpenSession = (upgrade: AcceptedUpgrade) => void

/** Makes what opens the sessions of one engine. */
export function createOpenSession(sessions: Sessions): OpenSession {
  const accepted = new WeakMap<IncomingMessage, AcceptedUpgrade>()
  const server = createWebSocketServer(sessions, (request) => accepted.get(request))
  const { compression, fastPath, maxMessageBytes } = sessions.options
  const plain: LaneSettings = { server, maxMessageBytes, handshake: replayed(), carried: false }
  const inflate = createInflate(maxMessageBytes)
  const deflating: LaneSettings = { ...plain, handshake: replayed('permessage-deflate'), inflate }
  const terms = new DeflateTerms(server)
  return (upgrade) => {
    upgrade.source.shrink()
    const offers = compression ? upgrade.source.headerValues('sec-websocket-extensions') : []
    const agreed = offers.length === 0 ? '' : terms.of(offers.join(', '))
    if (agreed === undefined || (agreed === '' && !fastPath)) {
      accepted.set(upgrade.request, upgrade)
      openWebSocket(server, upgrade)
    } else if (agreed === '') openLane(plain, upgrade)
    // A smaller window than the usual one is for ws to keep to; hardly anybody asks for it.
    else if (fastPath && !WINDOW.test(agreed)) openLane(deflating, upgrade, agreed)
    else openLane({ ...plain, handshake: replayed(agreed), carried: true }, upgrade, agreed)
  }
}

function openLane(settings: LaneSettings, upgrade: AcceptedUpgrade, extensions = ''): void {
  const { source, socket, early, attempt, protocol, lines } = upgrade
  const [key = ''] = source.headerValues('sec-websocket-key')
  socket.write(formatSwitching(key, protocol, extensions, lines), 'latin1')
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
