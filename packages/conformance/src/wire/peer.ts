import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { closePayload, describeFrame, Opcode } from './frame.js'
import { FrameDecoder, type FrameHeader } from './frame-decoder.js'
import { faultsOf, mayBeSent } from './frame-rules.js'
import { FrameSender, type PeerParts } from './frame-sender.js'
import { type Cancel, callAfter } from './patient-timer.js'
import type { Segmentation } from './segment-writer.js'

/** How long the other end has to answer a close, and a server then has to end TCP. */
const CLOSE_WAIT_MS = 1000

/** What a {@link Peer} reports to the case that plays it. */
export interface PeerListener {
  message(payload: Buffer, isBinary: boolean): void
  pong(payload: Buffer): void
  /** Fires once, when the connection is over; nothing fires after it. */
  ended(): void
}

/**
 * One end of an open connection that behaves as the protocol wants, except for what a case tells it to send.
 *
 * It answers pings and closes, notices what the other end does wrong and fails the connection then, and keeps
 * account of who closed, how, and whether cleanly: a case is judged by that account.
 */
export class Peer extends FrameSender {
  /** Whether the first close frame was ours. */
  closedByUs = false
  /** Whether we failed the connection because of something that the other end did, or did not do in time. */
  failedByUs = false
  /** Whether we had to end TCP ourselves. */
  droppedByUs = false
  /** Whether both close frames went over the wire and TCP ended as it should. */
  wasClean = false
  /** Whether TCP ended by a reset. */
  wasReset = false
  /** The code in the close frame that came, if one came with a code. */
  closeCode: number | undefined
  /** How many close frames came. */
  closeFrames = 0
  /** Why it was not clean, or what the other end did wrong. */
  trouble: string | undefined

  readonly #decoder: FrameDecoder
  #listener: PeerListener | undefined
  #isHeld = true
  #timers = new Set<Cancel>()
  #message: Buffer[] = []
  #messageOpcode = 0
  #messageIsCompressed = false
  #isInMessage = false
  #isControl = false
  #frame: Buffer[] = []
  #utf8: TextDecoder | undefined

  constructor(parts: PeerParts) {
    super(parts)
    this.#decoder = new FrameDecoder({
      begin: (header) => this.#begin(header),
      data: (piece) => this.#data(piece),
      end: (header) => this.#end(header),
      isHeld: () => this.#isHeld || this.state === 'closed',
    })
    this.socket.on('data', (bytes: Buffer) => this.#decoder.push(bytes))
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.wasReset ||= error.code === 'ECONNRESET' || error.code === 'EPIPE'
    })
    this.socket.on('end', () => this.#lost())
    this.socket.on('close', () => this.#lost())
  }

  /** Starts to read. */
  start(listener: PeerListener): void {
    this.#listener = listener
    this.#isHeld = false
    if (this.state === 'closed') {
      listener.ended()
      return
    }
    this.#decoder.resume()
  }

  /** Takes in bytes that came together with the handshake. */
  feed(head: Buffer): void {
    this.#decoder.push(head)
  }

  /** Starts the closing handshake, with any code and reason at all; does nothing when it has begun already. */
  close(code?: number, reason?: Uint8Array, segmentation?: Segmentation): void {
    this.#sendClose(code, reason, true, segmentation)
  }

  /** Fails the connection: a close frame, or the end of TCP when closing has begun already. */
  fail(code: number, reason: string): void {
    if (this.state === 'closed') return
    this.failedByUs = true
    this.trouble ??= reason
    if (this.state === 'closing') this.drop()
    else this.#sendClose(code, Buffer.from(reason).subarray(0, 123), true)
  }

  /** Ends TCP at once. */
  drop(): void {
    if (this.state === 'closed') return
    this.droppedByUs = true
    this.transcript.add('note', 'we end TCP')
    this.#finish()
  }

  /** Ends our direction of TCP only. */
  endWriting(): void {
    this.transcript.add('note', 'we end our direction of TCP')
    void this.writer.whenIdle().then(() => this.socket.end())
  }

  /** Resolves when all that was sent has been handed to TCP. */
  whenWritten(): Promise<void> {
    return this.writer.whenIdle()
  }

  /** Calls back later, unless the connection is over by then. */
  later(delayMs: number, callback: () => void): void {
    const cancel = callAfter(delayMs, () => {
      this.#timers.delete(cancel)
      callback()
    })
    this.#timers.add(cancel)
  }

  #sendClose(
    code: number | undefined,
    reason: Uint8Array | undefined,
    isOurs: boolean,
    cut?: Segmentation,
  ): void {
    if (this.state !== 'open') return
    this.sendFrame(Opcode.close, { payload: closePayload(code, reason), ...cut })
    this.state = 'closing'
    this.closedByUs = isOurs
    if (!isOurs) return
    this.later(CLOSE_WAIT_MS, () => {
      if (this.closeFrames > 0) return
      this.wasClean = false
      this.trouble ??= 'our close frame was not answered in time'
      this.drop()
    })
  }

  #lost(): void {
    if (this.state === 'closed') return
    if (!this.wasClean) this.trouble ??= 'the other end ended TCP without a closing handshake'
    this.transcript.add('note', this.wasReset ? 'TCP was reset' : 'the other end closed TCP')
    this.#finish()
  }

  #finish(): void {
    this.state = 'closed'
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.writer.stop()
    this.socket.destroy()
    this.#listener?.ended()
  }

  #begin(header: FrameHeader): void {
    const { opcode } = header
    const context = {
      role: this.role,
      isCompressed: this.codec !== undefined,
      isInMessage: this.#isInMessage,
    }
    for (const fault of faultsOf(header, context)) this.#fault(1002, fault)
    if (opcode <= 7 && !this.#isInMessage) {
      this.#isInMessage = true
      this.#message = []
      this.#messageOpcode = opcode
      this.#messageIsCompressed = this.codec !== undefined && header.rsv === 4
      const isText = opcode === Opcode.text && !this.#messageIsCompressed
      this.#utf8 = isText ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : undefined
    }
    this.#isControl = opcode > 7
    this.#frame = []
  }

  #data(piece: Buffer): void {
    if (!this.#isControl) this.#checkUtf8(piece, true)
    this.#frame.push(piece)
  }

  #checkUtf8(piece: Buffer, more: boolean): void {
    if (this.#utf8 === undefined) return
    try {
      this.#utf8.decode(piece, { stream: more })
    } catch {
      this.#utf8 = undefined
      this.#fault(1007, 'a text message is not valid UTF-8')
    }
  }

  #fault(code: number, what: string): void {
    this.transcript.add('note', `wrong: ${what}`)
    this.fail(code, what)
  }

  #end(header: FrameHeader): void {
    const payload = joined(this.#frame)
    this.transcript.addFrame('received', () =>
      describeFrame(header.opcode, header.fin, header.rsv, header.masked, payload),
    )
    if (header.opcode > 7) this.#endControl(header.opcode, payload)
    else {
      this.#message.push(payload)
      if (header.fin) this.#endMessage(joined(this.#message))
    }
  }

  #endMessage(payload: Buffer): void {
    this.#isInMessage = false
    this.#message = []
    this.#checkUtf8(Buffer.alloc(0), false)
    const isBinary = this.#messageOpcode !== Opcode.text
    const clear = this.#messageIsCompressed ? this.#decompress(payload, isBinary) : payload
    if (!this.failedByUs && clear !== undefined) this.#listener?.message(clear, isBinary)
  }

  #decompress(payload: Buffer, isBinary: boolean): Buffer | undefined {
    try {
      const clear = this.codec?.decompress(payload)
      if (clear !== undefined && !isBinary && !isUtf8(clear)) {
        this.#fault(1007, 'a text message is not valid UTF-8')
      }
      return clear
    } catch (error) {
      this.#fault(1007, `a message cannot be decompressed: ${(error as Error).message}`)
      return undefined
    }
  }

  #endControl(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.ping && this.state === 'open') this.sendFrame(Opcode.pong, { payload })
    if (opcode === Opcode.pong) this.#listener?.pong(payload)
    if (opcode === Opcode.close) this.#endClose(payload)
  }

  #endClose(payload: Buffer): void {
    this.closeFrames += 1
    this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : undefined
    const code = this.closeCode
    if (code !== undefined && !mayBeSent(code)) this.#fault(1002, `close code ${code} must not be sent`)
    if (payload.length > 2 && !isUtf8(payload.subarray(2)))
      this.#fault(1007, 'a close reason is not valid UTF-8')
    if (this.state === 'closed') return
    this.wasClean = true
    if (this.state === 'open') this.#sendClose(1000, undefined, false)
    if (this.role === 'server') {
      void this.writer.whenIdle().then(() => {
        this.socket.destroySoon()
        this.#lost()
      })
      return
    }
    this.later(CLOSE_WAIT_MS, () => {
      this.wasClean = false
      this.trouble ??= 'the server did not close TCP in time'
      this.drop()
    })
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first, ...more] = pieces
  return first !== undefined && more.length === 0 ? first : Buffer.concat(pieces)
}
