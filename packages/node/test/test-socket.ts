import { Duplex } from 'node:stream'

/** A socket whose other end is the test. */
export class TestSocket extends Duplex {
  /** What was written, write by write. */
  readonly written: Buffer[] = []

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk)
    done()
  }
}
