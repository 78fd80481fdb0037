import type { MessageType } from '../message.js'

/** What travels through a pipe. */
export type MemoryFrame =
  | { readonly kind: 'message'; readonly type: MessageType; readonly bytes: Uint8Array }
  | { readonly kind: 'begin' }
  | { readonly kind: 'ping' | 'pong'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }

function sizeOf(frame: MemoryFrame): number {
  return 'bytes' in frame ? frame.bytes.byteLength : 0
}

/** One direction of a memory connection: frames arrive in order, a turn later, unless the reader has paused. */
export class MemoryPipe {
  readonly #deliver: (frame: MemoryFrame) => void
  readonly #drained: () => void
  #queue: MemoryFrame[] = []
  #paused = false
  #scheduled = false
  #destroyed = false
  /** Payload bytes on their way. */
  bufferedBytes = 0

  constructor(deliver: (frame: MemoryFrame) => void, drained: () => void) {
    this.#deliver = deliver
    this.#drained = drained
  }

  /** Puts a frame in. */
  write(frame: MemoryFrame): void {
    if (this.#destroyed) return
    this.#queue.push(frame)
    this.bufferedBytes += sizeOf(frame)
    this.#schedule()
  }

  /** The reader stops. */
  pause(): void {
    this.#paused = true
  }

  /** The reader goes on. */
  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  /** Nothing arrives any more. */
  destroy(): void {
    this.#destroyed = true
    this.#queue = []
    this.bufferedBytes = 0
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused || this.#queue.length === 0) return
    this.#scheduled = true
    queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    let moved = 0
    while (!this.#paused && !this.#destroyed) {
      const frame = this.#queue.shift()
      if (frame === undefined) break
      this.bufferedBytes -= sizeOf(frame)
      moved += sizeOf(frame)
      this.#deliver(frame)
    }
    if (moved > 0 && this.bufferedBytes === 0 && !this.#destroyed) this.#drained()
  }
}
