import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { closePayload, describeFrame, encodeFrame, Opcode } from '../wire/frame.js'
import { FrameDecoder, type FrameHeader } from '../wire/frame-decoder.js'
import type { Transcript } from '../wire/transcript.js'
import type { Ending, FrameShape, NetworkClient, Received } from './contract-client.js'

const NOTHING = Buffer.alloc(0)

/** Ends a socket with a RST, or with what comes closest to it under TLS. */
export function resetSocket(socket: Socket): void {
  if (socket instanceof TLSSocket || !(socket instanceof Socket)) socket.destroy()
  else socket.resetAndDestroy()
}

/** The client's end of an open connection over a network, on the wire suite's frame codec. */
export class RawClient implements NetworkClient {
  readonly protocol: string
  readonly pings: Uint8Array[] = []
  readonly pongs: Uint8Array[] = []
  readonly received: Received[] = []
  readonly closed: Promise<Ending>
  ending: Ending | undefined
  readonly #socket: Socket
  readonly #transcript: Transcript
  readonly #decoder: FrameDecoder
  readonly #waiters: ((message: Received | undefined) => void)[] = []
  #resolveClosed: (ending: Ending) => void = () => {}
  #taken = 0
  #frame: Buffer[] = []
  #message: Buffer[] = []
  #isText = false
  #holdsPongs = false
  #closeSent = false
  #closeCame: Ending | undefined

  constructor(socket: Socket, protocol: string, transcript: Transcript) {
    this.protocol = protocol
    this.#socket = socket
    this.#transcript = transcript
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#decoder = new FrameDecoder({
      begin: () => {
        this.#frame = []
      },
      data: (piece) => void this.#frame.push(piece),
      end: (header) => this.#take(header, Buffer.concat(this.#frame)),
      isHeld: () => this.ending !== undefined,
    })
    socket.on('data', (bytes: Buffer) => this.#decoder.push(bytes))
    socket.on('end', () => this.#over())
    socket.on('close', () => this.#over())
    // A reset is one of the ways in which a connection ends.
    socket.on('error', () => this.#over())
  }

  /** Takes in the bytes that came behind the answer to the handshake. */
  start(head: Buffer): void {
    this.#decoder.push(head)
  }

  get backlogBytes(): number {
    return this.#socket.writableLength
  }

  send(data: string | Uint8Array): void {
    if (typeof data === 'string') this.sendFrame(Opcode.text, Buffer.from(data))
    else this.sendFrame(Opcode.binary, data)
  }

  sendText(bytes: Uint8Array): void {
    this.sendFrame(Opcode.text, bytes)
  }

  begin(): void {
    this.sendFrame(Opcode.text, NOTHING, { fin: false })
  }

  finish(text: string): void {
    this.sendFrame(Opcode.continuation, Buffer.from(text))
  }

  ping(payload: Uint8Array = NOTHING): void {
    this.sendFrame(Opcode.ping, payload)
  }

  pong(payload: Uint8Array = NOTHING): void {
    this.sendFrame(Opcode.pong, payload)
  }

  sendFrame(opcode: number, payload: Uint8Array, shape: FrameShape = {}): void {
    if (this.ending !== undefined) return
    const { fin = true, rsv = 0, masked = true } = shape
    this.#transcript.add('sent', describeFrame(opcode, fin, rsv, masked, payload))
    const maskingKey = masked ? randomBytes(4) : undefined
    this.#socket.write(encodeFrame({ opcode, payload, fin, rsv, maskingKey }))
  }

  holdPongs(): void {
    this.#holdsPongs = true
  }

  releasePongs(): void {
    this.#holdsPongs = false
    for (const payload of this.pings.splice(0)) this.pong(payload)
  }

  next(): Promise<Received | undefined> {
    const message = this.received[this.#taken]
    if (message !== undefined) {
      this.#taken++
      return Promise.resolve(message)
    }
    if (this.ending !== undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  close(code?: number, reason = ''): void {
    if (this.#closeSent) return
    this.#closeSent = true
    this.sendFrame(Opcode.close, closePayload(code, Buffer.from(reason)))
  }

  terminate(): void {
    this.#transcript.add('note', 'the client resets the connection')
    resetSocket(this.#socket)
    this.#over()
  }

  end(): void {
    this.#transcript.add('note', 'the client ends its direction of TCP')
    this.#socket.end()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #take(header: FrameHeader, payload: Buffer): void {
    const { opcode, fin, rsv, masked } = header
    this.#transcript.add('received', describeFrame(opcode, fin, rsv, masked, payload))
    if (opcode === Opcode.ping) this.#takePing(payload)
    else if (opcode === Opcode.pong) this.pongs.push(payload)
    else if (opcode === Opcode.close) this.#takeClose(payload)
    else {
      if (opcode !== Opcode.continuation) {
        this.#isText = opcode === Opcode.text
        this.#message = []
      }
      this.#message.push(payload)
      if (fin) this.#receive({ type: this.#isText ? 'text' : 'binary', bytes: Buffer.concat(this.#message) })
    }
  }

  #takePing(payload: Buffer): void {
    if (this.#holdsPongs) this.pings.push(payload)
    else if (!this.#closeSent) this.pong(payload)
  }

  #takeClose(payload: Buffer): void {
    this.#closeCame ??=
      payload.length < 2
        ? { code: 1005, reason: '' }
        : { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() }
    if (payload.length < 2) this.close()
    else this.close(payload.readUInt16BE(0))
  }

  #receive(message: Received): void {
    this.received.push(message)
    const waiter = this.#waiters.shift()
    if (waiter === undefined) return
    this.#taken++
    waiter(message)
  }

  #over(): void {
    if (this.ending !== undefined) return
    this.ending = this.#closeCame ?? { code: 1006, reason: '' }
    this.#transcript.add('note', 'the connection is gone')
    this.#socket.destroy()
    for (const waiter of this.#waiters.splice(0)) waiter(undefined)
    this.#resolveClosed(this.ending)
  }
}
