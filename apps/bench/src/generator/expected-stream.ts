/** No chunk that is read at once is longer. */
export const MAX_CHUNK = 262_144

/** The bytes that a server has to send: the same reply again and again. */
export class ExpectedStream {
  /** The length of one reply. */
  readonly period: number
  readonly #tile: Buffer

  constructor(reply: Buffer) {
    this.period = reply.length
    // Long enough that a chunk can be compared in one piece wherever it begins.
    const times = Math.ceil((reply.length + MAX_CHUNK) / reply.length)
    this.#tile = Buffer.concat(Array.from({ length: times }, () => reply))
  }

  /** Whether bytes are what comes next at this position within a reply. */
  matches(bytes: Buffer, position: number): boolean {
    return this.#tile.compare(bytes, 0, bytes.length, position, position + bytes.length) === 0
  }
}
