import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { TextDecoder } from 'node:util'
import type { DeflateCodec } from './deflate.js'
import { closePayload, describeFrame, encodeFrame, type Frame, Opcode, opcodeName } from './frame.js'
import { FrameDecoder, type FrameHeader } from './frame-decoder.js'
import { type Cancel, callAfter } from './patient-timer.js'
import type { Random } from './random.js'
import { type Segmentation, SegmentWriter } from './segment-writer.js'
import { preview, type Transcript } from './transcript.js'

/** How long the other end has to answer a close, and a server then has to end TCP. */
const CLOSE_WAIT_MS = 1000

const SENDABLE_CLOSE_CODES = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014])

/** What a {@link Peer} reports to the case that plays it. */
export interface PeerListener {
  message(payload: Buffer, isBinary: boolean): void
  pong(payload: Buffer): void
  /** Fires once, when the connection is over; nothing fires after it. */
  ended(): void
}

/** What a {@link Peer} is made of. */
export interface PeerParts {
  readonly role: 'client' | 'server'
  readonly socket: Socket
  readonly transcript: Transcript
  readonly random: Random
  readonly codec?: DeflateCodec | undefined
}

/** Options of a frame that is not to be written as the protocol wants it. */
export type FrameOptions = Omit<Frame, 'opcode' | 'maskingKey'> &
  Segmentation & {
    /** A masking key of one's own, or `wrong` to mask what must not be masked and the other way round. */
    readonly maskingKey?: Uint8Array | 'wrong'
  }

/**
 * One end of an open connection that behaves as the protocol wants, except for what a case tells it to send.
 *
 * It answers pings and closes, notices what the other end does wrong and fails the connection then, and keeps
 * account of who closed, how, and whether cleanly: a case is judged by that account.
 */
export class Peer {
  readonly role: 'client' | 'server'
  readonly transcript: Transcript
  /** Where the connection stands. */
  state: 'open' | 'closing' | 'closed' = 'open'
  /** Whether the first close frame was ours. */
  closedByUs = false
  /** Whether we failed the connection because of something that the other end did, or did not do in time. */
  failedByUs = false
  /** Whether we had to end TCP ourselves. */
  droppedByUs = false
  /** Whether both close frames went over the wire and TCP ended as it should. */
  wasClean = false
  /** Whether TCP ended by a reset. */
  wasReset = false
  /** The code in the close frame that came, if one came with a code. */
  closeCode: number | undefined
  /** How many close frames came. */
  closeFrames = 0
  /** Why it was not clean, or what the other end did wrong. */
  trouble: string | undefined
  /** Told of every frame that is sent; a compressed message gives its own length with its first frame. */
  onSentFrame: ((opcode: number, payloadBytes: number, messageBytes?: number) => void) | undefined
  /** Frames sent so far, by opcode. */
  readonly framesSent = new Map<number, number>()

  readonly #socket: Socket
  readonly #writer: SegmentWriter
  readonly #decoder: FrameDecoder
  readonly #random: Random
  readonly #codec: DeflateCodec | undefined
  #listener: PeerListener | undefined
  #isHeld = true
  #timers = new Set<Cancel>()
  #message: Buffer[] = []
  #messageOpcode = 0
  #messageIsCompressed = false
  #isInMessage = false
  #isControl = false
  #frame: Buffer[] = []
  #utf8: TextDecoder | undefined
  #endAfterHold: (() => void) | undefined

  constructor(parts: PeerParts) {
    this.role = parts.role
    this.transcript = parts.transcript
    this.#socket = parts.socket
    this.#random = parts.random
    this.#codec = parts.codec
    this.#writer = new SegmentWriter(parts.socket)
    this.#decoder = new FrameDecoder({
      begin: (header) => this.#begin(header),
      data: (piece) => this.#data(piece),
      end: (header) => this.#end(header),
      isHeld: () => this.#isHeld || this.state === 'closed',
    })
    this.#socket.on('data', (bytes: Buffer) => this.#decoder.push(bytes))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.wasReset ||= error.code === 'ECONNRESET' || error.code === 'EPIPE'
    })
    this.#socket.on('end', () => this.#lost())
    this.#socket.on('close', () => this.#lost())
  }

  /** Whether permessage-deflate is in use. */
  get isCompressed(): boolean {
    return this.#codec !== undefined
  }

  /** Starts to read. */
  start(listener: PeerListener): void {
    this.#listener = listener
    this.#isHeld = false
    if (this.state === 'closed') {
      listener.ended()
      return
    }
    this.#decoder.resume()
  }

  /** Takes in bytes that came together with the handshake. */
  feed(head: Buffer): void {
    this.#decoder.push(head)
  }

  /** Sends one frame, as it is. */
  sendFrame(opcode: number, options: FrameOptions = {}, messageBytes?: number): void {
    if (this.state === 'closed') return
    const { chopBytes, alone, maskingKey, ...frame } = options
    const isMasked = (this.role === 'client') !== (maskingKey === 'wrong')
    const ownKey = typeof maskingKey === 'object' ? maskingKey : this.#random.bytes(4)
    const key = isMasked ? ownKey : undefined
    this.framesSent.set(opcode, (this.framesSent.get(opcode) ?? 0) + 1)
    const payload = options.payload ?? Buffer.alloc(0)
    this.onSentFrame?.(opcode, payload.length, messageBytes)
    this.transcript.addFrame('sent', () => {
      const how = chopBytes === undefined ? '' : `, ${chopBytes} B at a time`
      return describeFrame(opcode, options.fin !== false, options.rsv ?? 0, key !== undefined, payload) + how
    })
    this.#writer.write(encodeFrame({ ...frame, opcode, maskingKey: key }), { chopBytes, alone })
  }

  /**
   * Sends one piece of the payload of a final frame; the header leaves together with the first piece.
   *
   * @param length - the length of the whole payload
   * @param offset - how much of it has been sent already
   */
  sendPiece(opcode: number, length: number, piece: Buffer, offset: number, key: Buffer): void {
    if (this.state === 'closed') return
    const isMasked = this.role === 'client'
    const body = encodeFrame({
      opcode,
      payload: piece,
      maskingKey: isMasked ? rotated(key, offset) : undefined,
    })
    const clean = body.subarray(body.length - piece.length)
    const head = encodeFrame({
      opcode,
      announcedLength: BigInt(length),
      maskingKey: isMasked ? key : undefined,
    })
    this.transcript.add(
      'sent',
      `${piece.length} of the ${length} B of ${opcodeName(opcode)} ${preview(piece)}`,
    )
    if (offset === 0) this.onSentFrame?.(opcode, length)
    this.#writer.write(offset === 0 ? Buffer.concat([head, clean]) : clean)
  }

  /** Sends bytes that are no whole frame. */
  sendBytes(bytes: Buffer, segmentation: Segmentation = {}): void {
    if (this.state === 'closed') return
    this.transcript.add('sent', `${bytes.length} raw B 0x${bytes.subarray(0, 24).toString('hex')}`)
    this.#writer.write(bytes, segmentation)
  }

  /** Sends one message, compressed when compression is in use, in fragments when a size is given. */
  async sendMessage(payload: Uint8Array, isBinary: boolean, fragmentBytes?: number): Promise<void> {
    const opcode = isBinary ? Opcode.binary : Opcode.text
    const bytes = this.#codec === undefined ? payload : await this.#codec.compress(payload)
    const rsv = this.#codec === undefined ? 0 : 4
    const messageBytes = this.#codec === undefined ? undefined : payload.length
    if (fragmentBytes === undefined || bytes.length <= fragmentBytes) {
      this.sendFrame(opcode, { payload: bytes, rsv }, messageBytes)
      return
    }
    // The last fragment is empty when the size divides the message, as in the suite that others know.
    for (let at = 0, done = false; !done; at += fragmentBytes) {
      done = at + fragmentBytes > bytes.length
      const piece = bytes.subarray(at, at + fragmentBytes)
      if (at === 0) this.sendFrame(opcode, { payload: piece, fin: done, rsv }, messageBytes)
      else this.sendFrame(Opcode.continuation, { payload: piece, fin: done })
    }
  }

  /** Starts the closing handshake, with any code and reason at all; does nothing when it has begun already. */
  close(code?: number, reason?: Uint8Array, segmentation?: Segmentation): void {
    this.#sendClose(code, reason, true, segmentation)
  }

  /** Fails the connection: a close frame, or the end of TCP when closing has begun already. */
  fail(code: number, reason: string): void {
    if (this.state === 'closed') return
    this.failedByUs = true
    this.trouble ??= reason
    if (this.state === 'closing') this.drop()
    else this.#sendClose(code, Buffer.from(reason).subarray(0, 123), true)
  }

  /** Ends TCP at once. */
  drop(): void {
    if (this.state === 'closed') return
    this.droppedByUs = true
    this.transcript.add('note', 'we end TCP')
    this.#finish()
  }

  /** Ends our direction of TCP only. */
  endWriting(): void {
    this.transcript.add('note', 'we end our direction of TCP')
    void this.#writer.whenIdle().then(() => this.#socket.end())
  }

  /** Calls back later, unless the connection is over by then. */
  later(delayMs: number, callback: () => void): void {
    const cancel = callAfter(delayMs, () => {
      this.#timers.delete(cancel)
      callback()
    })
    this.#timers.add(cancel)
  }

  #sendClose(
    code: number | undefined,
    reason: Uint8Array | undefined,
    isOurs: boolean,
    cut?: Segmentation,
  ): void {
    if (this.state !== 'open') return
    this.sendFrame(Opcode.close, { payload: closePayload(code, reason), ...cut })
    this.state = 'closing'
    this.closedByUs = isOurs
    if (!isOurs) return
    this.later(CLOSE_WAIT_MS, () => {
      if (this.closeFrames > 0) return
      this.wasClean = false
      this.trouble ??= 'our close frame was not answered in time'
      this.drop()
    })
  }

  #lost(): void {
    if (this.state === 'closed') return
    if (this.#isHeld && this.#codec !== undefined && this.#listener !== undefined) {
      this.#endAfterHold = () => this.#lost()
      return
    }
    if (!this.wasClean) this.trouble ??= 'the other end ended TCP without a closing handshake'
    this.transcript.add('note', this.wasReset ? 'TCP was reset' : 'the other end closed TCP')
    this.#finish()
  }

  #finish(): void {
    this.state = 'closed'
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.#writer.stop()
    this.#socket.destroy()
    this.#codec?.close()
    this.#listener?.ended()
  }

  #begin(header: FrameHeader): void {
    const { opcode, rsv, fin } = header
    const compressed = this.#codec !== undefined && rsv === 4
    if (rsv !== 0 && !compressed) this.#violation(`reserved bits ${rsv} without an extension for them`)
    if (this.role === 'client' && header.masked) this.#violation('a frame from the server is masked')
    if (this.role === 'server' && !header.masked) this.#violation('a frame from the client is not masked')
    if (opcode > 7) {
      if (!fin) this.#violation('a control frame is fragmented')
      if (header.lengthField > 125) this.#violation('a control frame is longer than 125 bytes')
      if (opcode > 10) this.#violation(`reserved control opcode ${opcode}`)
      if (opcode === Opcode.close && header.lengthField === 1) this.#violation('a close frame has 1 byte')
      if (compressed) this.#violation('a control frame is compressed')
    } else {
      if (opcode > 2) this.#violation(`reserved data opcode ${opcode}`)
      if (!this.#isInMessage && opcode === 0) this.#violation('a continuation frame continues nothing')
      if (this.#isInMessage && opcode !== 0) this.#violation('a new message begins inside another')
      if (this.#isInMessage && compressed) this.#violation('a continuation frame has the compressed bit')
      if (!this.#isInMessage) {
        this.#isInMessage = true
        this.#message = []
        this.#messageOpcode = opcode
        this.#messageIsCompressed = compressed
        const isText = opcode === Opcode.text
        this.#utf8 =
          isText && !compressed ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : undefined
      }
    }
    if (header.lengthField === 126 && header.length < 126n)
      this.#violation('a length is not written as short as it can be')
    if (header.lengthField === 127 && header.length < 65_536n)
      this.#violation('a length is not written as short as it can be')
    if (header.length > 0x7fff_ffff_ffff_ffffn) this.#violation('a length has its highest bit set')
    this.#isControl = opcode > 7
    this.#frame = []
  }

  #data(piece: Buffer): void {
    if (!this.#isControl) this.#checkUtf8(piece, true)
    this.#frame.push(piece)
  }

  #checkUtf8(piece: Buffer, more: boolean): void {
    if (this.#utf8 === undefined) return
    try {
      this.#utf8.decode(piece, { stream: more })
    } catch {
      this.#utf8 = undefined
      this.#fault(1007, 'a text message is not valid UTF-8')
    }
  }

  #violation(what: string): void {
    this.#fault(1002, what)
  }

  #fault(code: number, what: string): void {
    this.transcript.add('note', `wrong: ${what}`)
    this.fail(code, what)
  }

  #end(header: FrameHeader): void {
    const payload = this.#frame.length === 1 ? (this.#frame[0] as Buffer) : Buffer.concat(this.#frame)
    this.transcript.addFrame('received', () =>
      describeFrame(header.opcode, header.fin, header.rsv, header.masked, payload),
    )
    if (header.opcode > 7) this.#endControl(header.opcode, payload)
    else {
      this.#message.push(payload)
      if (header.fin) this.#endMessage(Buffer.concat(this.#message))
    }
  }

  #endMessage(payload: Buffer): void {
    this.#isInMessage = false
    this.#message = []
    this.#checkUtf8(Buffer.alloc(0), false)
    const isBinary = this.#messageOpcode !== Opcode.text
    if (!this.#messageIsCompressed || this.#codec === undefined) {
      if (!this.failedByUs) this.#listener?.message(payload, isBinary)
      return
    }
    this.#isHeld = true
    this.#codec
      .decompress(payload)
      .then((clear) => {
        if (!isBinary && !isUtf8(clear)) this.#fault(1007, 'a text message is not valid UTF-8')
        if (!this.failedByUs && this.state !== 'closed') this.#listener?.message(clear, isBinary)
      })
      .catch((error: Error) => this.#fault(1007, `a message cannot be decompressed: ${error.message}`))
      .finally(() => {
        this.#isHeld = false
        this.#decoder.resume()
        this.#endAfterHold?.()
      })
  }

  #endControl(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.ping && this.state === 'open') this.sendFrame(Opcode.pong, { payload })
    if (opcode === Opcode.pong) this.#listener?.pong(payload)
    if (opcode === Opcode.close) this.#endClose(payload)
  }

  #endClose(payload: Buffer): void {
    this.closeFrames += 1
    this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : undefined
    const code = this.closeCode
    const isBad = code !== undefined && (code < 3000 ? !SENDABLE_CLOSE_CODES.has(code) : code > 4999)
    if (isBad) this.#violation(`close code ${code} must not be sent`)
    if (payload.length > 2 && !isUtf8(payload.subarray(2)))
      this.#fault(1007, 'a close reason is not valid UTF-8')
    if (this.state === 'closed') return
    this.wasClean = true
    if (this.state === 'open') this.#sendClose(1000, undefined, false)
    if (this.role === 'server') {
      void this.#writer.whenIdle().then(() => {
        this.#socket.destroySoon()
        this.#lost()
      })
      return
    }
    this.later(CLOSE_WAIT_MS, () => {
      this.wasClean = false
      this.trouble ??= 'the server did not close TCP in time'
      this.drop()
    })
  }
}

function rotated(key: Buffer, offset: number): Buffer {
  return Buffer.from([0, 1, 2, 3].map((index) => key[(index + offset) & 3] as number))
}
