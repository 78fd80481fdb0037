import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { MessageType, SocketPort, SocketSink } from '@echosession/core'
import type { WebSocketServer } from 'ws'
import { weigh } from './chunk-weight.js'
import { FrameLane, type LaneOwner } from './frame-lane.js'
import { LaneOutlet } from './lane-outlet.js'
import { LaneWebSocket, type LaneWebSocketOwner } from './lane-web-socket.js'
import type { Inflate } from './message-deflate.js'
import { listenWith, type SocketListener } from './socket-listener.js'
import { flushHeld, isOverdue } from './turn.js'
import { takeWholeFrames } from './whole-frame.js'

/** What all lane ports of one engine have in common. */
export interface LaneSettings {
  /** Makes the WebSocket of a connection that needs one. */
  readonly server: WebSocketServer
  /** What it takes for the request; see `replayed`. */
  readonly handshake: IncomingMessage
  readonly maxMessageBytes: number
  /** Inflates what comes, where permessage-deflate was agreed on; what goes out is compressed then too. */
  readonly inflate?: Inflate
  /** Whether all messages are for `ws`, in both directions. */
  readonly carried: boolean
}

/**
 * A session's port straight on the socket: whole messages in and out are handled here, and a `ws` WebSocket is made only
 * when there is something else, such as fragments, a close frame or a fault, which it then handles as ever. Most
 * connections are idle, so what is not needed yet is not there yet.
 */
export class LanePort
  extends LaneOutlet
  implements SocketPort, LaneOwner, LaneWebSocketOwner, SocketListener
{
  readonly #settings: LaneSettings
  /** There while a message is not complete, or while there is a WebSocket. */
  #lane: FrameLane | undefined
  #paused = false

  constructor(settings: LaneSettings, socket: Duplex) {
    super(socket)
    this.#settings = settings
  }

  close(code: number, reason: string): void {
    this.engage().close(code, reason)
  }

  terminate(): void {
    this.flush()
    this.socket.destroy()
  }

  pause(): void {
    this.#paused = true
    this.socket.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.webSocket?.full !== true) this.socket.resume()
  }

  /** Reports to this sink from now on, beginning with what the client sent ahead of the 101. */
  connect(sink: SocketSink, early: Buffer): void {
    this.sink = sink
    if (early.length > 0) this.socket.unshift(early)
    listenWith(this.socket, this)
  }

  // What the lane asks for.

  get inflate(): Inflate | undefined {
    return this.#settings.inflate
  }

  get stopped(): boolean {
    return this.webSocket?.closing === true
  }

  get settling(): boolean {
    return this.carried || this.webSocket?.settling === true
  }

  message(payload: Buffer | readonly Buffer[], type: MessageType): void {
    this.sink?.message(payload, type)
  }

  pinged(payload: Buffer): void {
    this.sink?.ping(payload)
  }

  ponged(payload: Buffer): void {
    this.sink?.pong(payload)
  }

  passOn(bytes: Buffer): void {
    this.sink?.settle()
    this.engage().take(bytes)
  }

  // What ws asks for.

  holdBack(): void {
    this.socket.pause()
  }

  readOn(): void {
    if (!this.#paused) this.socket.resume()
  }

  // What the socket reports.

  read(chunk: Buffer): void {
    weigh(chunk)
    const { maxMessageBytes } = this.#settings
    const before = this.#lane?.unfinished === true
    this.beginRead()
    try {
      if (this.#lane !== undefined) this.#lane.feed(chunk)
      else {
        const at = this.carried ? 0 : takeWholeFrames(chunk, 0, maxMessageBytes, this)
        if (at < chunk.length) {
          this.#lane = new FrameLane(this, maxMessageBytes)
          this.#lane.feed(at === 0 ? chunk : chunk.subarray(at))
        }
      }
    } finally {
      this.endRead()
      if (isOverdue()) {
        // What core has kept of this read leaves with the rest.
        this.sink?.settle()
        flushHeld()
      }
    }
    if (this.#lane === undefined) return
    const { unfinished } = this.#lane
    if (!unfinished && this.webSocket === undefined) this.#lane = undefined
    if (unfinished !== before) this.sink?.unfinished(unfinished)
  }

  ended(): void {
    this.sink?.settle()
    if (this.webSocket === undefined) this.endThrough()
    else this.webSocket.end()
  }

  failed(error: Error): void {
    this.sink?.error(error)
  }

  gone(): void {
    if (this.webSocket === undefined) this.sink?.closed(1006, '')
    else this.webSocket.gone()
  }

  // What goes out asks for.

  protected override get deflates(): boolean {
    return this.#settings.inflate !== undefined
  }

  protected override get carried(): boolean {
    return this.#settings.carried
  }

  protected override engage(): LaneWebSocket {
    if (this.webSocket === undefined) {
      const { server, handshake } = this.#settings
      this.webSocket = new LaneWebSocket(server, handshake, this, this.sink as SocketSink)
    }
    return this.webSocket
  }
}
