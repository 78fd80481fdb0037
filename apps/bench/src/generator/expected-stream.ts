/** No chunk that is read at once is longer. */
export const MAX_CHUNK = 65_536

/** The bytes that a server has to send: the same reply again and again. */
export class ExpectedStream {
  /** The length of one reply. */
  readonly period: number
  readonly #tile: Buffer

  /** @param chunk the longest chunk that is compared in one piece; a longer one matches nothing. */
  constructor(reply: Buffer, chunk = MAX_CHUNK) {
    this.period = reply.length
    // Long enough that a chunk can be compared in one piece wherever it begins.
    const times = Math.ceil((reply.length + chunk) / reply.length)
    this.#tile = Buffer.concat(Array.from({ length: times }, () => reply))
  }

  /** Whether bytes are what comes next at this position within a reply. */
  matches(bytes: Buffer, position: number): boolean {
    if (position + bytes.length > this.#tile.length) return false
    return this.#tile.compare(bytes, 0, bytes.length, position, position + bytes.length) === 0
  }
}
