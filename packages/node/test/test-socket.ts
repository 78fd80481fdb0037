import { Duplex } from 'node:stream'

/** A socket whose other end is the test. */
export class TestSocket extends Duplex {
  /** What was written, write by write. */
  readonly written: Buffer[] = []
  /** Whether what is written from here on never gets out. */
  holds = false

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk)
    if (!this.holds) done()
  }
}
