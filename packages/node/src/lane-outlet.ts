import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'
import type { MessageType, PortCapabilities, SocketSink } from '@echosession/core'
import { encodeFrame, headerLength, layPayload, OPCODE, RSV1, writeHeader } from './frame-encoder.js'
import { FrameRun } from './frame-run.js'
import type { LaneWebSocket } from './lane-web-socket.js'
import { deflate, encodeDeflatedFrame, isLongToDeflate, isToBeDeflated } from './message-deflate.js'
import { copyLaid, layFrame, MAX_LAID } from './scratch.js'
import { answersAreMany, gather, type Holder, hold, runOf } from './turn.js'

const WITHOUT_ENCODER: PortCapabilities = { ping: true, pause: true, unfinished: true }
const PLAIN: PortCapabilities = { ...WITHOUT_ENCODER, encoder: encodeFrame }
const DEFLATING: PortCapabilities = { ...WITHOUT_ENCODER, encoder: encodeDeflatedFrame }
/** Up to this size a payload is laid behind its header in one buffer; above, copying costs more than a second buffer. */
const MAX_COPIED = 16_384
const NOTHING = Buffer.alloc(0)
/** The port whose read is being handled. */
let reading: LaneOutlet | undefined

/** What goes out of a port that is straight on the socket: frames are made, laid together and written here. */
export abstract class LaneOutlet implements Holder {
  protected readonly socket: Duplex
  protected sink: SocketSink | undefined
  protected webSocket: LaneWebSocket | undefined
  #laid = 0
  /** Frames sent outside of a read of this port, to many at once, or with many others, until the turn of the event loop is over. */
  #held: FrameRun | undefined
  #sent: (() => void) | undefined

  constructor(socket: Duplex) {
    this.socket = socket
  }

  /** Whether permessage-deflate was agreed on. */
  protected abstract get deflates(): boolean

  /** Whether all messages are for `ws`, in both directions. */
  protected abstract get carried(): boolean

  /** The WebSocket of this connection, which is made when it is needed first. */
  protected abstract engage(): LaneWebSocket

  get capabilities(): PortCapabilities {
    if (this.#sendsByWebSocket()) return WITHOUT_ENCODER
    return this.deflates ? DEFLATING : PLAIN
  }

  get bufferedBytes(): number {
    // Until a write of this port has had to wait, nothing does but perhaps the 101.
    if (this.#sent === undefined && this.webSocket === undefined) return this.#laid
    return this.socket.writableLength + this.#laid + (this.webSocket?.bufferedBytes ?? 0)
  }

  send(data: string | Uint8Array, type: MessageType): void {
    this.#write(type === 'text' ? OPCODE.text : OPCODE.binary, data)
  }

  sendPieces(pieces: readonly Uint8Array[], type: MessageType): void {
    if (this.deflates || this.#sendsByWebSocket()) {
      this.send(Buffer.concat(pieces), type)
      return
    }
    if (!this.#isWritable()) return
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    this.#writeLarge(type === 'text' ? OPCODE.text : OPCODE.binary, pieces, length)
  }

  sendEncoded(frame: Uint8Array): void {
    if (frame.length > MAX_COPIED) {
      if (!this.#isWritable()) return
      this.flush()
      this.#put(frame)
    } else if (this.webSocket?.closing !== true) {
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

  flush(): void {
    if (this.#laid === 0) return
    const held = this.#held
    const frames = held === undefined ? copyLaid(this.#laid) : held.bytes
    this.#held = undefined
    this.#laid = 0
    if (this.socket.writable) this.#put(frames)
  }

  writeThrough(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.flush()
    if (this.socket.destroyed) done()
    else this.socket.write(bytes, done)
  }

  sent(): void {
    // Bytes that were given up with the connection have not gone out.
    if (!this.socket.destroyed) this.sink?.drain()
  }

  endThrough(): void {
    this.flush()
    this.socket.end()
  }

  /** What is sent from here on is brought about by one read. */
  protected beginRead(): void {
    reading = this
  }

  /** Sends what the read has brought about, or has it wait for what the others do. */
  protected endRead(): void {
    reading = undefined
    if (this.#held === undefined) this.#answer()
  }

  #write(opcode: number, data: string | Uint8Array): void {
    if (!this.#isWritable()) return
    if (this.#sendsByWebSocket()) {
      this.engage().send(opcode, data)
      return
    }
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    if (this.deflates && opcode <= OPCODE.binary && isToBeDeflated(length)) {
      if (isLongToDeflate(length)) this.engage().send(opcode, data)
      else this.#write(opcode | RSV1, deflate(data))
      return
    }
    const header = headerLength(length)
    if (length > MAX_COPIED) {
      this.#writeLarge(opcode, [data], length)
      return
    }
    const size = header + length
    if (this.#laid + size > MAX_LAID) this.flush()
    if (reading === this && this.#held === undefined) {
      layFrame(this.#laid, opcode, data, header, length)
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
    this.socket.cork()
    this.socket.write(head)
    for (const piece of pieces) this.#put(piece)
    this.socket.uncork()
  }

  // What ws compresses in a thread is not to be overtaken.
  #sendsByWebSocket(): boolean {
    return this.carried || this.webSocket?.sending === true
  }

  // Nothing goes out behind a close frame, which ws may have sent by itself (RFC 6455 section 5.5.1).
  #isWritable(): boolean {
    return this.socket.writable && this.webSocket?.closing !== true
  }

  #answer(): void {
    if (this.#laid === 0 || !answersAreMany()) {
      this.flush()
      return
    }
    this.#held = new FrameRun(copyLaid(this.#laid))
    gather(this)
  }

  // Keeps a frame until the turn of the event loop is over.
  #hold(frame: Uint8Array): void {
    if (this.#held !== undefined) this.#held = this.#held.with(frame)
    else {
      this.#held = this.#laid === 0 ? runOf(frame) : new FrameRun(copyLaid(this.#laid)).with(frame)
      hold(this)
    }
    this.#laid += frame.length
  }

  #put(bytes: string | Uint8Array): void {
    if (this.#sent !== undefined) {
      this.socket.write(bytes, this.#sent)
      return
    }
    // Most writes reach the operating system at once: a callback would only cost a turn of the queue.
    this.socket.write(bytes)
    if (this.socket.writableLength === 0) return
    // From the first that does not on, each tells when it is out.
    this.#sent = () => this.sent()
    this.socket.write(NOTHING, this.#sent)
  }
}
