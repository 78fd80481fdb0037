import type { Duplex } from 'node:stream'

// What a client may send ahead of the 101 before it is not read from any more.
const MAX_EARLY_BYTES = 65_536
const NONE = Buffer.alloc(0)

/** What a client sends before it has been answered. */
export class EarlyBytes {
  #chunks: Buffer[] | undefined
  #length = 0

  /** Keeps a chunk that came from this socket. */
  keep(chunk: Buffer, socket: Duplex): void {
    this.#chunks ??= []
    this.#chunks.push(chunk)
    this.#length += chunk.length
    // A client that has gone is noticed by reading, so reading goes on until the client sends too much.
    if (this.#length > MAX_EARLY_BYTES) socket.pause()
  }

  /** Hands over what was kept. */
  take(): Buffer {
    const chunks = this.#chunks
    this.#chunks = undefined
    return chunks === undefined ? NONE : Buffer.concat(chunks)
  }
}
