const FIN = 0x80
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

  /** Whether a message, or the frame of one, has begun and is not complete. */
  get unfinished(): boolean {
    return this.#inFragments || this.#have > 0 || this.#payloadLeft > 0
  }

  /** Follows the next bytes of the stream. */
  feed(chunk: Uint8Array): void {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - offset)
        this.#payloadLeft -= step
        offset += step
        if (this.#payloadLeft === 0) this.#frameDone()
        continue
      }
      this.#header[this.#have++] = chunk[offset++] as number
      if (this.#have >= 2 && this.#have === this.#headerLength()) this.#headerDone()
    }
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
    if ((first & OPCODE & CONTROL) === 0) this.#frameEndsMessage = (first & FIN) !== 0
    else this.#frameEndsMessage = !this.#inFragments
    if (this.#payloadLeft === 0) this.#frameDone()
  }

  #frameDone(): void {
    this.#inFragments = !this.#frameEndsMessage
  }
}
