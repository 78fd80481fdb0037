import type { Socket } from 'node:net'

/** How a piece of output is cut on its way to TCP. */
export interface Segmentation {
  /** Writes so many bytes at a time, each on a turn of the event loop of its own. */
  readonly chopBytes?: number | undefined
  /** Writes this piece on its own instead of together with its neighbours. */
  readonly alone?: boolean | undefined
}

interface Item {
  readonly bytes: Buffer
  readonly apart: boolean
}

/** Writes to a socket so that a case decides where one write ends and the next begins. */
export class SegmentWriter {
  readonly #socket: Socket
  #queue: Item[] = []
  #scheduled = false
  #stopped = false
  #idle: (() => void)[] = []

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Adds bytes; those that are neither chopped nor alone leave in one write with what stands beside them. */
  write(bytes: Buffer, segmentation: Segmentation = {}): void {
    if (this.#stopped) return
    const { chopBytes, alone = false } = segmentation
    if (chopBytes === undefined) this.#queue.push({ bytes, apart: alone })
    else
      for (let at = 0; at < bytes.length; at += chopBytes) {
        this.#queue.push({ bytes: bytes.subarray(at, at + chopBytes), apart: true })
      }
    this.#schedule()
  }

  /** Drops what has not been written, and takes no more. */
  stop(): void {
    this.#stopped = true
    this.#queue = []
    this.#settleIdle()
  }

  /** Resolves when everything has been handed to the socket. */
  whenIdle(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => this.#run(0))
  }

  #run(from: number): void {
    let index = from
    if (this.#stopped || this.#socket.destroyed) {
      this.stop()
      return
    }
    const first = this.#queue[index]
    if (first?.apart === true) {
      this.#socket.write(first.bytes)
      index += 1
    } else {
      const together: Buffer[] = []
      for (let item = this.#queue[index]; item !== undefined && !item.apart; item = this.#queue[index]) {
        together.push(item.bytes)
        index += 1
      }
      this.#socket.write(together.length === 1 ? (together[0] as Buffer) : Buffer.concat(together))
    }
    if (index < this.#queue.length) {
      setImmediate(() => this.#run(index))
      return
    }
    this.#queue = []
    this.#scheduled = false
    this.#settleIdle()
  }

  #settleIdle(): void {
    const waiting = this.#idle
    this.#idle = []
    for (const resolve of waiting) resolve()
  }
}
