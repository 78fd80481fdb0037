/** Keeps buffers by name up to a number of bytes in all; those that nobody asked for the longest go first. */
export class BufferCache {
  readonly #maxBytes: number
  readonly #buffers = new Map<string, Buffer>()
  #bytes = 0

  /** @param maxBytes - how much is kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Returns what is kept under a name, if anything is. */
  find(name: string): Buffer | undefined {
    const kept = this.#buffers.get(name)
    if (kept === undefined) return undefined
    // A map is in the order in which its entries were set.
    this.#buffers.delete(name)
    this.#buffers.set(name, kept)
    return kept
  }

  /** Returns what is kept under a name; makes it when there is nothing. */
  get(name: string, make: () => Buffer): Buffer {
    const kept = this.find(name)
    if (kept !== undefined) return kept
    const buffer = make()
    this.#buffers.set(name, buffer)
    this.#bytes += buffer.length
    for (const [oldest, { length }] of this.#buffers) {
      if (this.#bytes <= this.#maxBytes) break
      this.#buffers.delete(oldest)
      this.#bytes -= length
    }
    return buffer
  }
}
