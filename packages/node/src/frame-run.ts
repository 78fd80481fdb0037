import { Buffer } from 'node:buffer'

/**
 * Frames that are to leave one behind the other. Runs that begin with the same frames share them, and the bytes that they
 * come to: what many sessions are sent alike is laid together once.
 */
export class FrameRun {
  /** How many bytes it has. */
  readonly length: number
  readonly #frame: Uint8Array
  readonly #before: FrameRun | undefined
  #next: FrameRun | undefined
  #bytes: Uint8Array | undefined

  constructor(frame: Uint8Array, before?: FrameRun) {
    this.#frame = frame
    this.#before = before
    this.length = frame.length + (before === undefined ? 0 : before.length)
  }

  /** Whether it is this frame alone. */
  isOnly(frame: Uint8Array): boolean {
    return this.#frame === frame && this.#before === undefined
  }

  /** The run with one frame more. */
  with(frame: Uint8Array): FrameRun {
    if (this.#next === undefined || this.#next.#frame !== frame) this.#next = new FrameRun(frame, this)
    return this.#next
  }

  /** All of it in one piece. */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#before === undefined ? this.#frame : this.#join()
    return this.#bytes
  }

  #join(): Uint8Array {
    const joined = Buffer.allocUnsafe(this.length)
    for (let run: FrameRun | undefined = this; run !== undefined; run = run.#before) {
      joined.set(run.#frame, run.length - run.#frame.length)
    }
    return joined
  }
}
