import { unmask } from './unmask.js'
import { isUtf8InPieces } from './utf8-pieces.js'
import {
  contentOf,
  type FrameTaker,
  headerLength,
  isDeflated,
  isMasked,
  isTooLarge,
  isWholeMessage,
  maskOf,
  payloadLength,
  takeWholeFrames,
  typeOfFrame,
} from './whole-frame.js'

/** What the lane needs from its port. */
export interface LaneOwner extends FrameTaker {
  /** Bytes that the lane leaves alone: whole frames, or the rest of the stream. */
  passOn(bytes: Buffer): void
  /** Whether the other parser has yet to say what it makes of what was passed on to it. */
  readonly settling: boolean
  /** Whether the other parser has given up the stream, so that nothing after it is a message any more. */
  readonly stopped: boolean
}

const FIN = 0x80
const CONTROL = 0x08
/** Pieces of a message that are joined as soon as there are so many, so that single bytes do not pile up as objects. */
const MAX_PIECES = 128
/** Up to this size the pieces of a message are joined: copying them costs less than writing each of them. */
const MAX_JOINED = 16_384
/** Where a frame ends whose header is not all there. */
const INCOMPLETE = -1

/**
 * Decodes whole, masked messages of allowed size and, for text, of UTF-8, however they are cut, and pings and pongs that
 * come in one piece. Every other frame, and with it every judgement on what is wrong with one, is passed on untouched.
 */
export class FrameLane {
  readonly #owner: LaneOwner
  readonly #maxMessageBytes: number
  #carry: Buffer | undefined
  /** The begin of a header that has been passed on. */
  #partial: Buffer | undefined
  /** Bytes of a frame that is being passed on. */
  #passing = 0
  /** Whether a fragmented message is being passed on. */
  #inFragments = false
  /** Whether the lane has stepped aside for good. */
  #aside = false
  #header: Buffer | undefined
  #first = 0
  #mask = 0
  #left = 0
  #received = 0
  #joined: Buffer[] = []
  #pieces: Buffer[] = []

  constructor(owner: LaneOwner, maxMessageBytes: number) {
    this.#owner = owner
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Whether a message, or the frame of one, has begun and is not complete. */
  get unfinished(): boolean {
    return (
      this.#left > 0 ||
      this.#passing > 0 ||
      this.#inFragments ||
      this.#carry !== undefined ||
      this.#partial !== undefined
    )
  }

  /** Takes the next bytes of the stream. They are the lane's from here on. */
  feed(chunk: Buffer): void {
    let bytes = chunk
    if (this.#carry !== undefined) {
      bytes = Buffer.concat([this.#carry, chunk])
      this.#carry = undefined
    }
    let at = 0
    while (at < bytes.length) {
      if (this.#aside || this.#owner.stopped) {
        this.#stepAside()
        this.#owner.passOn(at === 0 ? bytes : bytes.subarray(at))
        return
      }
      if (this.#partial !== undefined) at = this.#passPartial(this.#partial, bytes)
      else if (this.#passing > 0) {
        const end = Math.min(bytes.length, at + this.#passing)
        this.#passing -= end - at
        this.#owner.passOn(bytes.subarray(at, end))
        at = end
      } else if (this.#left > 0) at = this.#collect(bytes, at)
      else {
        const next = this.#frame(bytes, at)
        if (next === INCOMPLETE) {
          // Copied, so that a few bytes do not keep a large buffer.
          this.#carry = Buffer.from(bytes.subarray(at))
          return
        }
        at = next
      }
    }
  }

  // Leaves the rest of the stream to the other parser, from the begin of the message that has come in part.
  #stepAside(): void {
    this.#aside = true
    this.#inFragments = false
    this.#passing = 0
    this.#partial = undefined
    if (this.#left === 0) return
    this.#left = 0
    this.#passMasked(this.#takePieces())
  }

  // Handles the frame that begins here; returns how far it got.
  #frame(bytes: Buffer, at: number): number {
    if (!this.#owner.settling && !this.#inFragments) {
      const end = takeWholeFrames(bytes, at, this.#maxMessageBytes, this.#owner)
      if (end > at) return end
    }
    const there = bytes.length - at
    if (there < 2) return INCOMPLETE
    const first = bytes[at] as number
    if (
      !isWholeMessage(first, this.#owner) ||
      !isMasked(bytes, at) ||
      this.#owner.settling ||
      this.#inFragments
    ) {
      return this.#pass(bytes, at)
    }
    const header = headerLength(bytes, at)
    // Its length decides on a frame, so that what is too long is passed on before all of the header is there.
    if (there < header - 4) return INCOMPLETE
    const length = payloadLength(bytes, at)
    if (isTooLarge(first, length, this.#maxMessageBytes)) return this.#pass(bytes, at)
    const start = at + header
    if (bytes.length < start) return INCOMPLETE
    // All of it is there, and it is text or compressed data that is none.
    if (start + length <= bytes.length) return this.#pass(bytes, at)
    this.#header = Buffer.from(bytes.subarray(at, start))
    this.#first = first
    this.#mask = maskOf(bytes, start)
    this.#left = length
    this.#received = 0
    return this.#collect(bytes, start)
  }

  // Leaves the frame that begins here to the other parser, header and all.
  #pass(bytes: Buffer, at: number): number {
    const header = headerLength(bytes, at)
    if (bytes.length - at >= header) {
      this.#passing = header + this.#begin(bytes, at)
      return at
    }
    // What is there of it goes at once: that parser may not want to see the rest.
    const begun = bytes.subarray(at)
    this.#partial = Buffer.from(begun)
    this.#owner.passOn(begun)
    return bytes.length
  }

  // Goes on with a header whose begin has been passed on.
  #passPartial(partial: Buffer, bytes: Buffer): number {
    const joined = Buffer.concat([partial, bytes])
    const header = headerLength(joined, 0)
    const end = Math.min(bytes.length, header - partial.length)
    this.#owner.passOn(bytes.subarray(0, end))
    this.#partial = joined.length < header ? joined : undefined
    if (this.#partial === undefined) this.#passing = this.#begin(joined, 0)
    return end
  }

  // Notes what a frame that is passed on means for the message that it is part of; returns its payload's length.
  #begin(bytes: Buffer, at: number): number {
    const first = bytes[at] as number
    // Control frames may stand between the fragments of a message (RFC 6455 section 5.4).
    if ((first & CONTROL) === 0) this.#inFragments = (first & FIN) === 0
    return payloadLength(bytes, at)
  }

  // Takes a piece of a message that came in several chunks.
  #collect(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    const piece = bytes.subarray(at, end)
    unmask(piece, this.#mask, this.#received)
    this.#received += piece.length
    this.#left -= piece.length
    if (piece.length > 0) this.#pieces.push(piece)
    if (this.#left === 0) this.#finish()
    else if (this.#pieces.length === MAX_PIECES) this.#join()
    return end
  }

  #join(): void {
    this.#joined.push(Buffer.concat(this.#pieces))
    this.#pieces = []
  }

  #takePieces(): Buffer[] {
    const pieces = this.#joined.length === 0 ? this.#pieces : [...this.#joined, ...this.#pieces]
    this.#joined = []
    this.#pieces = []
    return pieces
  }

  #finish(): void {
    const pieces = this.#takePieces()
    const content = this.#contentOf(pieces)
    if (content === undefined) this.#passMasked(pieces)
    else this.#owner.message(content, typeOfFrame(this.#first))
    this.#header = undefined
  }

  #contentOf(pieces: Buffer[]): Buffer | Buffer[] | undefined {
    const first = this.#first
    if (isDeflated(first)) return contentOf(first, Buffer.concat(pieces), this.#owner)
    if (typeOfFrame(first) === 'text' && !isUtf8InPieces(pieces)) return undefined
    return this.#received > MAX_JOINED ? pieces : Buffer.concat(pieces)
  }

  // Leaves the message that these are pieces of to the other parser, as it came.
  #passMasked(pieces: readonly Buffer[]): void {
    const payload = Buffer.concat(pieces)
    unmask(payload, this.#mask, 0)
    this.#owner.passOn(Buffer.concat([this.#header as Buffer, payload]))
  }
}
