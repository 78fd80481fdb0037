const FIN = 0x80
const RSV1 = 0x40
const OPCODE = 0x0f
const MASKED = 0x80
const LENGTH = 0x7f
const CONTROL = 0x08
const MASK_BYTES = 4
// 2 bytes, at most 8 of extended length, 4 of mask (RFC 6455 section 5.2).
const MAX_HEADER = 14

/**
 * Follows the frames that pass by, to know whether a message has begun and is not complete. Reads headers only; what is
 * wrong with a frame is for the parser behind it to say.
 */
export class FrameMeter {
  readonly #header = new Uint8Array(MAX_HEADER)
  #have = 0
  #payloadLeft = 0
  #inFragments = false
  #frameEndsMessage = true
  #isData = false
  #isCompressed = false

  /** Whether a message, or the frame of one, has begun and is not complete. */
  get unfinished(): boolean {
    return this.#inFragments || this.#have > 0 || this.#payloadLeft > 0
  }

  /**
   * Follows the next bytes of the stream, up to the end of a frame that is part of a compressed message (RFC 7692
   * section 6).
   * @returns where that is; 0 if there is none, and all bytes have been followed.
   */
  feed(chunk: Uint8Array): number {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - offset)
        this.#payloadLeft -= step
        offset += step
      } else {
        this.#header[this.#have++] = chunk[offset++] as number
        if (this.#have < 2 || this.#have < this.#headerLength()) continue
        this.#headerDone()
      }
      if (this.#payloadLeft > 0) continue
      this.#inFragments = !this.#frameEndsMessage
      if (this.#isData && this.#isCompressed) return offset
    }
    return 0
  }

  #headerLength(): number {
    const second = this.#header[1] as number
    const length = second & LENGTH
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0
    return 2 + extended + (second & MASKED ? MASK_BYTES : 0)
  }

  #headerDone(): void {
    const first = this.#header[0] as number
    const length = (this.#header[1] as number) & LENGTH
    const view = new DataView(this.#header.buffer)
    if (length === 126) this.#payloadLeft = view.getUint16(2)
    else if (length === 127) this.#payloadLeft = view.getUint32(2) * 2 ** 32 + view.getUint32(6)
    else this.#payloadLeft = length
    this.#have = 0
    // Control frames may stand between the fragments of a message (RFC 6455 section 5.4).
    this.#isData = (first & OPCODE & CONTROL) === 0
    if (this.#isData) this.#frameEndsMessage = (first & FIN) !== 0
    else this.#frameEndsMessage = !this.#inFragments
    // A continuation is what the message began as.
    if (this.#isData && (first & OPCODE) !== 0) this.#isCompressed = (first & RSV1) !== 0
  }
}
