import type { ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { closingLines } from './answer-lines.js'

/** The head of the answer that a host has written. */
export interface AnswerHead {
  readonly status: number
  /** The header lines, as written. */
  readonly lines: readonly string[]
}

/** What an answer stream needs from the upgrade that it belongs to. */
export interface AnswerTarget {
  /**
   * Takes the head of the host's answer.
   * @returns where everything after the status goes: `forward` to the client, `discard`, or `tunnel` both ways.
   */
  answered(head: AnswerHead): 'forward' | 'discard' | 'tunnel'
  /** Sends bytes of the answer to the client; `done` when it can take more. */
  forward(chunk: Uint8Array, done: () => void): void
  /** The answer is complete, or was given up. */
  finished(): void
  /** Reads on from the client, for a tunnel. */
  readMore(): void
}

/** Takes the place of an upgrade that is over: a host may keep the stream for as long as the session lives. */
const NOBODY: AnswerTarget = {
  answered: () => 'discard',
  forward: (_chunk, done) => done(),
  finished() {},
  readMore() {},
}

const HEAD_END = '\r\n\r\n'
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})/

type WriteDone = (error?: Error | null) => void

function toBytes(chunk: string | Buffer, encoding: BufferEncoding | undefined): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

// A head without a body is written in latin1 already.
function toLatin1(chunk: string | Buffer, encoding: BufferEncoding | undefined): string {
  return typeof chunk === 'string' && encoding === 'latin1'
    ? chunk
    : toBytes(chunk, encoding).toString('latin1')
}

/**
 * The socket that a host's response is written to while the real one waits. So each host answers in its own way, with
 * its own middleware, and the answer is looked at before a byte of it leaves.
 */
export class AnswerStream extends Duplex {
  /** The response that is written to it, until that is complete or given up. */
  response: ServerResponse | undefined
  #target: AnswerTarget
  #head = ''
  #mode: 'head' | 'forward' | 'discard' | 'tunnel' = 'head'

  constructor(target: AnswerTarget) {
    super({ decodeStrings: false })
    this.#target = target
  }

  /** Whether the host has begun to answer. */
  get begun(): boolean {
    return this.#mode !== 'head'
  }

  /** The host's response is complete. */
  complete(): void {
    this.#target.finished()
  }

  /** Makes the host's answer, if one still comes, go nowhere. */
  mute(): void {
    this.#mode = 'discard'
    this.#target = NOBODY
    this.#head = ''
  }

  // The head, and the end of an answer that goes nowhere, need no queue: most answers are over with them.
  override write(
    chunk: string | Uint8Array,
    encodingOrDone?: BufferEncoding | WriteDone | null,
    doneLast?: WriteDone | null,
  ): boolean {
    const [encoding, done] =
      typeof encodingOrDone === 'function'
        ? [undefined, encodingOrDone]
        : [encodingOrDone ?? undefined, doneLast ?? undefined]
    // Other chunks than these are for the stream to convert, or to refuse.
    const isPlain = typeof chunk === 'string' || Buffer.isBuffer(chunk)
    const isOver = isPlain && this.#mode === 'discard' && chunk.length === 0
    if (!this.writable || !(isOver || (isPlain && this.#mode === 'head'))) {
      return super.write(chunk, encoding ?? 'utf8', done)
    }
    const answer = this.#mode === 'head' ? this.#readHead(toLatin1(chunk, encoding)) : undefined
    if (answer !== undefined) return super.write(answer, 'latin1', done)
    if (done !== undefined) process.nextTick(done)
    return true
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: WriteDone): void {
    if (this.#mode === 'head') {
      // The stream was ended with it.
      const answer = this.#readHead(toLatin1(chunk, encoding))
      if (answer === undefined) done()
      else this.#target.forward(Buffer.from(answer, 'latin1'), done)
    } else if (this.#mode === 'discard') {
      // An answer without end that nobody reads is not to keep the event loop for itself.
      setImmediate(done)
    } else this.#target.forward(toBytes(chunk, encoding), done)
  }

  // Takes some of the head; gives what is to go to the client, once it is known.
  #readHead(text: string): string | undefined {
    this.#head += text
    const end = this.#head.indexOf(HEAD_END)
    if (end < 0) return undefined
    const [statusLine = '', ...lines] = this.#head.slice(0, end).split('\r\n')
    const rest = this.#head.slice(end + HEAD_END.length)
    const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? 0)
    const mode = this.#target.answered({ status, lines })
    // The target may have taken the matter out of the host's hands meanwhile.
    if (mode === 'discard') this.mute()
    else if (this.#mode === 'head') this.#mode = mode
    if (this.#mode === 'discard') return undefined
    return (
      [statusLine, ...(this.#mode === 'tunnel' ? lines : closingLines(lines))].join('\r\n') + HEAD_END + rest
    )
  }

  override _read(): void {
    if (this.#mode === 'tunnel') this.#target.readMore()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#target.finished()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#target.finished()
    done(error)
  }
}
