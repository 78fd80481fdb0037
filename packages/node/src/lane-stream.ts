import { Duplex } from 'node:stream'

/** What a lane stream needs from its port. */
export interface LaneStreamOwner {
  /** Sends bytes behind everything that was sent before. */
  writeThrough(bytes: Buffer, done: (error?: Error | null) => void): void
  /** Ends the sending side. */
  endThrough(): void
  /** Drops the connection. */
  terminate(): void
}

/** The socket that `ws` is given: what the lane passes on comes out of it, what `ws` writes goes to the real one. */
export class LaneStream extends Duplex {
  readonly #owner: LaneStreamOwner
  #open = false
  #inFlight = 0

  constructor(owner: LaneStreamOwner) {
    super()
    this.#owner = owner
  }

  /** From here on what is written goes out; before, it is the answer to a handshake that is over already. */
  open(): void {
    this.#open = true
    // Tells the stream that nobody is inside a read, so that what is pushed is handled at once and not a turn later.
    this.read(0)
  }

  /** Bytes that `ws` has written, that the owner was given, and that are not out. */
  get inFlight(): number {
    return this.#inFlight
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done)
  }

  // What ws writes in pieces is one frame: nothing of the lane's is to come between them.
  override _writev(
    pieces: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#send(Buffer.concat(pieces.map(({ chunk }) => chunk)), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#owner.endThrough()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#owner.terminate()
    done(error)
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (!this.#open) {
      done()
      return
    }
    this.#inFlight = bytes.length
    this.#owner.writeThrough(bytes, (error) => {
      this.#inFlight = 0
      done(error)
    })
  }
}
