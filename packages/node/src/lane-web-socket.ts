import type { IncomingMessage } from 'node:http'
import type { SocketSink } from '@echosession/core'
import { WebSocket, type WebSocketServer } from 'ws'
import { LaneStream, type LaneStreamOwner } from './lane-stream.js'
import { reportWebSocket } from './web-socket-port.js'

/** What the `ws` WebSocket of a lane needs from its port. */
export type LaneWebSocketOwner = LaneStreamOwner

const EMPTY = Buffer.alloc(0)
/**
 * What `ws` is shown when it is called in: the real handshake is over, and its answer to this one goes nowhere. All that
 * it reads of a request is here.
 */
const REPLAYED = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  },
} as unknown as IncomingMessage

/** The `ws` WebSocket of a connection that has had something else than whole messages on it. */
export class LaneWebSocket {
  readonly #stream: LaneStream
  readonly #webSocket: WebSocket
  #settling = false

  constructor(server: WebSocketServer, owner: LaneWebSocketOwner, sink: SocketSink) {
    this.#stream = new LaneStream(owner)
    let made: WebSocket | undefined
    // A valid handshake is answered before this returns.
    server.handleUpgrade(REPLAYED, this.#stream, EMPTY, (webSocket) => {
      made = webSocket
    })
    this.#webSocket = made as unknown as WebSocket
    this.#stream.open()
    reportWebSocket(this.#webSocket, sink)
  }

  /** Whether it is closing or closed. */
  get closing(): boolean {
    return this.#webSocket.readyState !== WebSocket.OPEN
  }

  /** Whether it is to take all that comes: it is closing, or has bytes that it has not taken yet and nothing may overtake. */
  get stopped(): boolean {
    return this.closing || this.#stream.readableLength > 0
  }

  /** Whether it has yet to say what it makes of what it took. */
  get settling(): boolean {
    return this.#settling
  }

  /** Takes bytes of the peer's. */
  take(bytes: Buffer): void {
    this.#stream.push(bytes)
    if (this.#settling) return
    this.#settling = true
    // A fault is told a turn of the queue later, and what follows it may be there already.
    process.nextTick(() => {
      this.#settling = false
    })
  }

  /** Starts the closing handshake. */
  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
  }

  /** The peer sends no more. */
  end(): void {
    this.#stream.push(null)
  }

  /** The connection is gone. */
  gone(): void {
    this.#stream.destroy()
  }
}
