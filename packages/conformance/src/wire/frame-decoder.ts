import { mask } from './mask.js'

/** The header of a frame as it was read. */
export interface FrameHeader {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  /** The 7-bit length field, before any longer form is read. */
  readonly lengthField: number
  readonly length: bigint
}

/** What a decoder tells while it reads; the payload comes in pieces, as they arrive. */
export interface FrameSink {
  /** Fires when a header is complete. */
  begin(header: FrameHeader): void
  /** Fires for each piece of the payload. */
  data(piece: Buffer): void
  /** Fires when the frame is complete. */
  end(header: FrameHeader): void
  /** Asked before every step; true stops reading until {@link FrameDecoder.resume} is called. */
  isHeld(): boolean
}

/** Reads frames from a stream of bytes without judging them (RFC 6455 section 5.2). */
export class FrameDecoder {
  readonly #sink: FrameSink
  #pending: Buffer[] = []
  #pendingBytes = 0
  #header: FrameHeader | undefined
  #key: Buffer | undefined
  #read = 0n
  #running = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** Takes in what arrived. */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    this.resume()
  }

  /** Goes on reading after a hold. */
  resume(): void {
    if (this.#running) return
    this.#running = true
    try {
      while (!this.#sink.isHeld() && this.#step());
    } finally {
      this.#running = false
    }
  }

  #peek(length: number): Buffer {
    const first = this.#pending[0]
    if (first !== undefined && first.length >= length) return first
    const joined = Buffer.concat(this.#pending)
    this.#pending = [joined]
    return joined
  }

  #take(max: number): Buffer {
    const first = this.#pending[0] as Buffer
    const taken = first.length <= max ? first : first.subarray(0, max)
    if (taken.length === first.length) this.#pending.shift()
    else this.#pending[0] = first.subarray(max)
    this.#pendingBytes -= taken.length
    return taken
  }

  #step(): boolean {
    return this.#header === undefined ? this.#readHeader() : this.#readPayload(this.#header)
  }

  #readHeader(): boolean {
    if (this.#pendingBytes < 2) return false
    const start = this.#peek(2)
    const first = start[0] as number
    const second = start[1] as number
    const lengthField = second & 0x7f
    const lengthBytes = lengthField === 126 ? 2 : lengthField === 127 ? 8 : 0
    const masked = (second & 0x80) !== 0
    const size = 2 + lengthBytes + (masked ? 4 : 0)
    if (this.#pendingBytes < size) return false
    const bytes = Buffer.from(this.#peek(size).subarray(0, size))
    for (let left = size; left > 0; ) left -= this.#take(left).length
    let length = BigInt(lengthField)
    if (lengthBytes === 2) length = BigInt(bytes.readUInt16BE(2))
    if (lengthBytes === 8) length = bytes.readBigUInt64BE(2)
    this.#key = masked ? bytes.subarray(size - 4) : undefined
    this.#read = 0n
    this.#header = {
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 0x0f,
      masked,
      lengthField,
      length,
    }
    this.#sink.begin(this.#header)
    if (length === 0n) this.#finish(this.#header)
    return true
  }

  #readPayload(header: FrameHeader): boolean {
    if (this.#pendingBytes === 0) return false
    const left = header.length - this.#read
    const max = left > 0x4000_0000n ? 0x4000_0000 : Number(left)
    const piece = this.#take(max)
    const offset = Number(this.#read & 3n)
    this.#read += BigInt(piece.length)
    this.#sink.data(this.#key === undefined ? piece : unmask(piece, this.#key, offset))
    if (this.#read === header.length) this.#finish(header)
    return true
  }

  #finish(header: FrameHeader): void {
    this.#header = undefined
    this.#sink.end(header)
  }
}

function unmask(piece: Buffer, key: Buffer, offset: number): Buffer {
  const clear = Buffer.from(piece)
  mask(clear, key, offset)
  return clear
}
