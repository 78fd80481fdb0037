import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { SocketSink } from '@echosession/core'
import { WebSocket, type WebSocketServer } from 'ws'
import { OPCODE } from './frame-encoder.js'
import { FrameMeter } from './frame-meter.js'
import { LaneStream, type LaneStreamOwner } from './lane-stream.js'
import { reportWebSocket } from './web-socket-port.js'

/** What the `ws` WebSocket of a lane needs from its port. */
export interface LaneWebSocketOwner extends LaneStreamOwner {
  /** No more is to be read for now. */
  holdBack(): void
  /** More may be read. */
  readOn(): void
  /** A message, a ping or a pong that it was given to send is out, or given up with the connection. */
  sent(): void
}

const EMPTY = Buffer.alloc(0)
/** A pong that no peer can send, because none knows it: `ws` tells of it when it has got so far. */
const MARK = randomBytes(16)
// Masked with zeros (RFC 6455 section 5.3).
const MARK_FRAME = Buffer.concat([Buffer.from([0x8a, 0x80 | MARK.length, 0, 0, 0, 0]), MARK])

/** The `ws` WebSocket of a connection that has had something else than whole messages on it. */
export class LaneWebSocket {
  readonly #stream: LaneStream
  readonly #webSocket: WebSocket
  readonly #owner: LaneWebSocketOwner
  readonly #meter = new FrameMeter()
  /** Whether it has something to inflate, which it does in a thread. */
  #inflating = false
  /** What it gets when it has. */
  #waiting: Buffer[] = []
  #failed = false
  /** Messages, pings and pongs that it sends and that are not out. */
  #sending = 0
  #settling = false

  /** @param handshake what it takes for the request; see `replayed`. */
  constructor(
    server: WebSocketServer,
    handshake: IncomingMessage,
    owner: LaneWebSocketOwner,
    sink: SocketSink,
  ) {
    this.#stream = new LaneStream(owner)
    this.#owner = owner
    let made: WebSocket | undefined
    // A valid handshake is answered before this returns.
    server.handleUpgrade(handshake, this.#stream, EMPTY, (webSocket) => {
      made = webSocket
    })
    this.#webSocket = made as unknown as WebSocket
    this.#stream.open()
    reportWebSocket(this.#webSocket, sink, (payload) => {
      if (MARK.equals(payload)) this.#inflated()
      else sink.pong(payload)
    })
    this.#webSocket.on('error', () => {
      this.#failed = true
      if (this.#inflating) this.#inflated()
    })
  }

  /** Whether it is closing or closed. */
  get closing(): boolean {
    return this.#webSocket.readyState !== WebSocket.OPEN
  }

  /** Whether it has yet to say what it makes of what it took, so that nothing may overtake that. */
  get settling(): boolean {
    return this.#settling || this.#inflating
  }

  /** Whether it has something to send that nothing may overtake. */
  get sending(): boolean {
    return this.#sending > 0
  }

  /** Whether it is to get no more for now. */
  get full(): boolean {
    return this.#inflating
  }

  /** Bytes that were given to it to be sent and that it has not sent. */
  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount - this.#stream.inFlight
  }

  /** Takes bytes of the peer's. */
  take(bytes: Buffer): void {
    if (this.#inflating) this.#waiting.push(bytes)
    else this.#give(bytes)
  }

  /** Sends a whole message, a ping or a pong; a large message is compressed in a thread. */
  send(opcode: number, data: string | Uint8Array): void {
    this.#sending++
    const webSocket = this.#webSocket
    if (opcode === OPCODE.ping) webSocket.ping(data, false, this.#sent)
    else if (opcode === OPCODE.pong) webSocket.pong(data, false, this.#sent)
    else webSocket.send(data, { binary: opcode === OPCODE.binary }, this.#sent)
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

  readonly #sent = (): void => {
    this.#sending--
    this.#owner.sent()
  }

  // Until it has inflated what it has, it gets no more: what piles up in it is parsed even behind a fault, where ws 8.23
  // throws.
  #give(bytes: Buffer): void {
    this.#settle()
    const end = this.#failed ? 0 : this.#meter.feed(bytes)
    if (end === 0) {
      this.#stream.push(bytes)
      return
    }
    this.#inflating = true
    this.#owner.holdBack()
    if (end < bytes.length) this.#waiting.push(bytes.subarray(end))
    this.#stream.push(Buffer.concat([bytes.subarray(0, end), MARK_FRAME]))
  }

  #inflated(): void {
    this.#inflating = false
    const waiting = this.#waiting
    this.#waiting = []
    // Mostly one piece, which is not copied for each message in it.
    const [first] = waiting
    if (first !== undefined) this.#give(waiting.length === 1 ? first : Buffer.concat(waiting))
    if (!this.#inflating) this.#owner.readOn()
  }

  // A fault is told a turn of the queue later, and what follows it may be there already.
  #settle(): void {
    if (this.#settling) return
    this.#settling = true
    setImmediate(() => {
      this.#settling = false
    })
  }
}
