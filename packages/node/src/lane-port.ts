// The global `Buffer` is a getter, and it would be asked for every message.
import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'
import type { MessageType, PortCapabilities, SocketPort, SocketSink } from '@echosession/core'
import type { WebSocketServer } from 'ws'
import { weigh } from './chunk-weight.js'
import { encodeFrame, headerLength, layPayload, OPCODE, writeHeader } from './frame-encoder.js'
import { FrameLane, type LaneOwner } from './frame-lane.js'
import { FrameRun } from './frame-run.js'
import { LaneWebSocket, type LaneWebSocketOwner } from './lane-web-socket.js'
import { listenWith, type SocketListener } from './socket-listener.js'
import { answersAreMany, flushHeld, gather, hold, isOverdue, runOf } from './turn.js'
import { takeWholeFrames } from './whole-frame.js'

/** What all lane ports of one engine have in common. */
export interface LaneSettings {
  /** Makes the WebSocket of a connection that needs one. */
  readonly server: WebSocketServer
  readonly maxMessageBytes: number
}

const CAPABILITIES: PortCapabilities = { ping: true, pause: true, unfinished: true, encoder: encodeFrame }
/** Up to this size a payload is laid behind its header in one buffer; above, copying costs more than a second buffer. */
const MAX_COPIED = 16_384
const NOTHING = Buffer.alloc(0)
/** How much is laid together before it leaves. */
const MAX_LAID = 65_536

/** Where the frames that one read brings about are laid one behind the other. Reads do not nest, so one is enough. */
const scratch = Buffer.allocUnsafeSlow(MAX_LAID)
/** The port whose read is being handled. */
let reading: LanePort | undefined

/**
 * A session's port straight on the socket: whole messages in and out are handled here, and a `ws` WebSocket is made only
 * when there is something else, such as fragments, a close frame or a fault, which it then handles as ever. Most
 * connections are idle, so what is not needed yet is not there yet.
 */
export class LanePort implements SocketPort, LaneOwner, LaneWebSocketOwner, SocketListener {
  readonly #settings: LaneSettings
  readonly #socket: Duplex
  #sink: SocketSink | undefined
  /** There while a message is not complete, or while there is a WebSocket. */
  #lane: FrameLane | undefined
  #webSocket: LaneWebSocket | undefined
  #laid = 0
  /** Frames sent outside of a read of this port, to many at once, or with many others, until the turn of the event loop is over. */
  #held: FrameRun | undefined
  #sent: (() => void) | undefined

  constructor(settings: LaneSettings, socket: Duplex) {
    this.#settings = settings
    this.#socket = socket
  }

  get capabilities(): PortCapabilities {
    return CAPABILITIES
  }

  get bufferedBytes(): number {
    // Until a write of this port has had to wait, nothing does but perhaps the 101.
    if (this.#sent === undefined && this.#webSocket === undefined) return this.#laid
    return this.#socket.writableLength + this.#laid
  }

  send(data: string | Uint8Array, type: MessageType): void {
    this.#write(type === 'text' ? OPCODE.text : OPCODE.binary, data)
  }

  sendPieces(pieces: readonly Uint8Array[], type: MessageType): void {
    if (!this.#isWritable()) return
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    this.#writeLarge(type === 'text' ? OPCODE.text : OPCODE.binary, pieces, length)
  }

  sendEncoded(frame: Uint8Array): void {
    if (frame.length > MAX_COPIED) {
      if (!this.#isWritable()) return
      this.flush()
      this.#put(frame)
    } else if (this.#webSocket?.closing !== true) {
      // Whether the socket takes it is asked when it leaves.
      if (this.#laid + frame.length > MAX_LAID) this.flush()
      this.#hold(frame)
    }
  }

  ping(payload: Uint8Array): void {
    this.#write(OPCODE.ping, payload)
  }

  pong(payload: Uint8Array): void {
    this.#write(OPCODE.pong, payload)
  }

  close(code: number, reason: string): void {
    this.#engage().close(code, reason)
  }

  flush(): void {
    if (this.#laid === 0) return
    const held = this.#held
    const frames = held === undefined ? this.#copyOfScratch() : held.bytes
    this.#held = undefined
    this.#laid = 0
    if (this.#socket.writable) this.#put(frames)
  }

  terminate(): void {
    this.flush()
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Reports to this sink from now on, beginning with what the client sent ahead of the 101. */
  connect(sink: SocketSink, early: Buffer): void {
    this.#sink = sink
    if (early.length > 0) this.#socket.unshift(early)
    listenWith(this.#socket, this)
  }

  // What the lane asks for.

  get stopped(): boolean {
    return this.#webSocket?.stopped === true
  }

  get settling(): boolean {
    return this.#webSocket?.settling === true
  }

  message(payload: Buffer | readonly Buffer[], type: MessageType): void {
    this.#sink?.message(payload, type)
  }

  pinged(payload: Buffer): void {
    this.#sink?.ping(payload)
  }

  ponged(payload: Buffer): void {
    this.#sink?.pong(payload)
  }

  passOn(bytes: Buffer): void {
    this.#sink?.settle()
    this.#engage().take(bytes)
  }

  // What ws asks for.

  writeThrough(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.flush()
    if (this.#socket.destroyed) done()
    else this.#socket.write(bytes, done)
  }

  endThrough(): void {
    this.flush()
    this.#socket.end()
  }

  // What the socket reports.

  read(chunk: Buffer): void {
    weigh(chunk)
    const { maxMessageBytes } = this.#settings
    const before = this.#lane?.unfinished === true
    reading = this
    try {
      if (this.#lane !== undefined) this.#lane.feed(chunk)
      else {
        const at = takeWholeFrames(chunk, 0, maxMessageBytes, this)
        if (at < chunk.length) {
          this.#lane = new FrameLane(this, maxMessageBytes)
          this.#lane.feed(at === 0 ? chunk : chunk.subarray(at))
        }
      }
    } finally {
      reading = undefined
      if (this.#held === undefined) this.#answer()
      if (isOverdue()) {
        // What core has kept of this read leaves with the rest.
        this.#sink?.settle()
        flushHeld()
      }
    }
    if (this.#lane === undefined) return
    const { unfinished } = this.#lane
    if (!unfinished && this.#webSocket === undefined) this.#lane = undefined
    if (unfinished !== before) this.#sink?.unfinished(unfinished)
  }

  ended(): void {
    this.#sink?.settle()
    if (this.#webSocket === undefined) this.endThrough()
    else this.#webSocket.end()
  }

  failed(error: Error): void {
    this.#sink?.error(error)
  }

  gone(): void {
    if (this.#webSocket === undefined) this.#sink?.closed(1006, '')
    else this.#webSocket.gone()
  }

  // The port's own workings.

  #engage(): LaneWebSocket {
    this.#webSocket ??= new LaneWebSocket(this.#settings.server, this, this.#sink as SocketSink)
    return this.#webSocket
  }

  #write(opcode: number, data: string | Uint8Array): void {
    if (!this.#isWritable()) return
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    const header = headerLength(length)
    if (length > MAX_COPIED) {
      this.#writeLarge(opcode, [data], length)
      return
    }
    const size = header + length
    if (this.#laid + size > MAX_LAID) this.flush()
    if (reading === this && this.#held === undefined) {
      writeHeader(scratch, this.#laid, opcode, length)
      layPayload(data, scratch, this.#laid + header)
      this.#laid += size
    } else {
      const frame = Buffer.allocUnsafe(size)
      writeHeader(frame, 0, opcode, length)
      layPayload(data, frame, header)
      this.#hold(frame)
    }
  }

  #writeLarge(opcode: number, pieces: readonly (string | Uint8Array)[], length: number): void {
    this.flush()
    const head = Buffer.allocUnsafe(headerLength(length))
    writeHeader(head, 0, opcode, length)
    this.#socket.cork()
    this.#socket.write(head)
    for (const piece of pieces) this.#put(piece)
    this.#socket.uncork()
  }

  // Nothing goes out behind a close frame, which ws may have sent by itself (RFC 6455 section 5.5.1).
  #isWritable(): boolean {
    return this.#socket.writable && this.#webSocket?.closing !== true
  }

  // Sends what one read has brought about, or has it wait for what the others do.
  #answer(): void {
    if (this.#laid === 0 || !answersAreMany()) {
      this.flush()
      return
    }
    this.#held = new FrameRun(this.#copyOfScratch())
    gather(this)
  }

  #copyOfScratch(): Buffer {
    const copy = Buffer.allocUnsafe(this.#laid)
    scratch.copy(copy, 0, 0, this.#laid)
    return copy
  }

  // Keeps a frame until the turn of the event loop is over.
  #hold(frame: Uint8Array): void {
    if (this.#held !== undefined) this.#held = this.#held.with(frame)
    else {
      this.#held = this.#laid === 0 ? runOf(frame) : new FrameRun(this.#copyOfScratch()).with(frame)
      hold(this)
    }
    this.#laid += frame.length
  }

  #put(bytes: string | Uint8Array): void {
    if (this.#sent !== undefined) {
      this.#socket.write(bytes, this.#sent)
      return
    }
    // Most writes reach the operating system at once: a callback would only cost a turn of the queue.
    this.#socket.write(bytes)
    if (this.#socket.writableLength === 0) return
    // From the first that does not on, each tells when it is out. Bytes that were given up with the connection are not.
    this.#sent = () => void (this.#socket.destroyed || this.#sink?.drain())
    this.#socket.write(NOTHING, this.#sent)
  }
}
