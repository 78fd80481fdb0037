import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { MessageType, PortCapabilities, SocketPort, SocketSink } from '@echosession/core'
import { WebSocket, type WebSocketServer } from 'ws'
import { encodeFrame, headerLength, layPayload, OPCODE, writeHeader } from './frame-encoder.js'
import { FrameLane, type LaneOwner } from './frame-lane.js'
import { LaneStream, type LaneStreamOwner } from './lane-stream.js'
import { reportWebSocket } from './web-socket-port.js'

const CAPABILITIES: PortCapabilities = { ping: true, pause: true, unfinished: true, encoder: encodeFrame }
/** Up to this size a payload is laid behind its header in one buffer; above, copying costs more than a second buffer. */
const MAX_COPIED = 16_384
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

/** How much is laid together before it leaves. */
const MAX_LAID = 65_536

/** Where the frames that one read brings about are laid one behind the other. Reads do not nest, so one is enough. */
const scratch = Buffer.allocUnsafeSlow(MAX_LAID)

/** The ports that hold frames until the tick is over: what one session is sent in a tick leaves in one write. */
const holding: LanePort[] = []

function flushAll(): void {
  for (const port of holding) port.flush()
  holding.length = 0
}

/**
 * A session's port straight on the socket: whole messages in and out are handled here, and a `ws` WebSocket is made only
 * when there is something else, such as fragments, a close frame or a fault, which it then handles as ever.
 */
export class LanePort implements SocketPort, LaneOwner, LaneStreamOwner {
  readonly capabilities = CAPABILITIES
  readonly #server: WebSocketServer
  readonly #socket: Duplex
  readonly #lane: FrameLane
  #sink: SocketSink | undefined
  #stream: LaneStream | undefined
  #webSocket: WebSocket | undefined
  #reading = false
  #laid = 0
  /** Frames sent outside of a read, until the tick is over. */
  #held: Uint8Array[] | undefined
  #unfinished = false

  constructor(server: WebSocketServer, socket: Duplex, maxMessageBytes: number) {
    this.#server = server
    this.#socket = socket
    this.#lane = new FrameLane(this, maxMessageBytes)
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#laid
  }

  send(data: string | Uint8Array, type: MessageType): void {
    this.#write(type === 'text' ? OPCODE.text : OPCODE.binary, data)
  }

  sendEncoded(frame: Uint8Array): void {
    if (!this.#writable) return
    if (frame.length > MAX_COPIED || this.#laid + frame.length > MAX_LAID) this.flush()
    if (frame.length > MAX_COPIED) this.#socket.write(frame, this.#sent)
    else if (this.#reading && this.#held === undefined) {
      scratch.set(frame, this.#laid)
      this.#laid += frame.length
    } else this.#hold(frame)
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
    let frames: Uint8Array
    if (held === undefined) frames = Buffer.from(scratch.subarray(0, this.#laid))
    else frames = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held, this.#laid)
    this.#held = undefined
    this.#laid = 0
    if (this.#socket.writable) this.#socket.write(frames, this.#sent)
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
    const socket = this.#socket
    if (early.length > 0) socket.unshift(early)
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  // What the lane asks for.

  get stopped(): boolean {
    const webSocket = this.#webSocket
    if (webSocket === undefined) return false
    // Bytes that ws has not taken yet would be overtaken.
    return webSocket.readyState !== WebSocket.OPEN || (this.#stream as LaneStream).readableLength > 0
  }

  message(bytes: Buffer, type: MessageType): void {
    this.#sink?.message(bytes, type)
  }

  passOn(bytes: Buffer): void {
    this.#engage()
    this.#stream?.push(bytes)
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

  // The port's own workings.

  #engage(): WebSocket {
    if (this.#webSocket !== undefined) return this.#webSocket
    const stream = new LaneStream(this)
    this.#stream = stream
    // A valid handshake is answered before this returns.
    this.#server.handleUpgrade(REPLAYED, stream, EMPTY, (webSocket) => {
      this.#webSocket = webSocket
      stream.open()
      reportWebSocket(webSocket, this.#sink as SocketSink)
    })
    return this.#webSocket as unknown as WebSocket
  }

  #write(opcode: number, data: string | Uint8Array): void {
    if (!this.#writable) return
    const socket = this.#socket
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    const header = headerLength(length)
    if (length > MAX_COPIED) {
      this.flush()
      const head = Buffer.allocUnsafe(header)
      writeHeader(head, 0, opcode, length)
      socket.cork()
      socket.write(head)
      socket.write(data, this.#sent)
      socket.uncork()
      return
    }
    const size = header + length
    if (this.#laid + size > MAX_LAID) this.flush()
    if (this.#reading && this.#held === undefined) {
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

  // Nothing goes out behind a close frame, which ws may have sent by itself (RFC 6455 section 5.5.1).
  get #writable(): boolean {
    return this.#socket.writable && (this.#webSocket?.readyState ?? WebSocket.OPEN) === WebSocket.OPEN
  }

  // Keeps a frame until the tick is over.
  #hold(frame: Uint8Array): void {
    this.#laid += frame.length
    if (this.#held !== undefined) {
      this.#held.push(frame)
      return
    }
    this.#held = [frame]
    holding.push(this)
    if (holding.length === 1) process.nextTick(flushAll)
  }

  readonly #sent = (): void => {
    // Bytes that were given up with the connection have not gone out: the peer has not caught up.
    if (!this.#socket.destroyed) this.#sink?.drain()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#reading = true
    try {
      this.#lane.feed(chunk)
    } finally {
      this.#reading = false
      this.flush()
    }
    const { unfinished } = this.#lane
    if (unfinished === this.#unfinished) return
    this.#unfinished = unfinished
    this.#sink?.unfinished(unfinished)
  }

  readonly #onEnd = (): void => {
    if (this.#stream === undefined) this.endThrough()
    else this.#stream.push(null)
  }

  readonly #onError = (error: Error): void => {
    this.#sink?.error(error)
  }

  readonly #onClose = (): void => {
    if (this.#stream === undefined) this.#sink?.closed(1006, '')
    else this.#stream.destroy()
  }
}
