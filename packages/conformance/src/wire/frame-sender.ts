import type { Socket } from 'node:net'
import type { DeflateCodec } from './deflate-codec.js'
import { describeFrame, encodeFrame, type Frame, Opcode, opcodeName } from './frame.js'
import type { Random } from './random.js'
import { type Segmentation, SegmentWriter } from './segment-writer.js'
import { preview, type Transcript } from './transcript.js'

const NOTHING = Buffer.alloc(0)

/** What one end of a connection is made of. */
export interface PeerParts {
  readonly role: 'client' | 'server'
  readonly socket: Socket
  readonly transcript: Transcript
  readonly random: Random
  readonly codec?: DeflateCodec | undefined
}

/** Options of a frame that is not to be written as the protocol wants it. */
export type FrameOptions = Omit<Frame, 'opcode' | 'maskingKey'> &
  Segmentation & {
    /** A masking key of one's own, or `wrong` to mask what must not be masked and the other way round. */
    readonly maskingKey?: Uint8Array | 'wrong'
  }

/** The half of an end that sends: valid frames and any others. */
export class FrameSender {
  readonly role: 'client' | 'server'
  readonly transcript: Transcript
  /** Where the connection stands. */
  state: 'open' | 'closing' | 'closed' = 'open'
  /** Told of every frame that is sent; a compressed message gives its own length with its first frame. */
  onSentFrame: ((opcode: number, payloadBytes: number, messageBytes?: number) => void) | undefined
  /** Frames sent so far, by opcode. */
  readonly framesSent = new Map<number, number>()

  protected readonly socket: Socket
  protected readonly writer: SegmentWriter
  protected readonly random: Random
  protected readonly codec: DeflateCodec | undefined

  constructor(parts: PeerParts) {
    this.role = parts.role
    this.transcript = parts.transcript
    this.socket = parts.socket
    this.random = parts.random
    this.codec = parts.codec
    this.writer = new SegmentWriter(parts.socket)
  }

  /** Whether permessage-deflate is in use. */
  get isCompressed(): boolean {
    return this.codec !== undefined
  }

  /** Sends one frame, as it is. */
  sendFrame(opcode: number, options: FrameOptions = {}, messageBytes?: number): void {
    if (this.state === 'closed') return
    const {
      payload = NOTHING,
      fin,
      rsv,
      lengthBytes,
      announcedLength,
      maskingKey,
      chopBytes,
      alone,
    } = options
    const isMasked = (this.role === 'client') !== (maskingKey === 'wrong')
    const ownKey = typeof maskingKey === 'object' ? maskingKey : this.random.bytes(4)
    const key = isMasked ? ownKey : undefined
    this.framesSent.set(opcode, (this.framesSent.get(opcode) ?? 0) + 1)
    this.onSentFrame?.(opcode, payload.length, messageBytes)
    this.transcript.addFrame('sent', () => {
      const how = chopBytes === undefined ? '' : `, ${chopBytes} B at a time`
      return describeFrame(opcode, fin !== false, rsv ?? 0, key !== undefined, payload) + how
    })
    const frame = { opcode, payload, fin, rsv, lengthBytes, announcedLength, maskingKey: key }
    this.writer.write(encodeFrame(frame), { chopBytes, alone })
  }

  /**
   * Sends one piece of the payload of a final frame; the header leaves together with the first piece.
   *
   * @param length - the length of the whole payload
   * @param offset - how much of it has been sent already
   */
  sendPiece(opcode: number, length: number, piece: Buffer, offset: number, key: Buffer): void {
    if (this.state === 'closed') return
    const isMasked = this.role === 'client'
    const body = encodeFrame({
      opcode,
      payload: piece,
      maskingKey: isMasked ? rotated(key, offset) : undefined,
    })
    const clean = body.subarray(body.length - piece.length)
    const head = encodeFrame({
      opcode,
      announcedLength: BigInt(length),
      maskingKey: isMasked ? key : undefined,
    })
    this.transcript.add(
      'sent',
      `${piece.length} of the ${length} B of ${opcodeName(opcode)} ${preview(piece)}`,
    )
    if (offset === 0) this.onSentFrame?.(opcode, length)
    this.writer.write(offset === 0 ? Buffer.concat([head, clean]) : clean)
  }

  /** Sends bytes that are no whole frame. */
  sendBytes(bytes: Buffer, segmentation: Segmentation = {}): void {
    if (this.state === 'closed') return
    this.transcript.add('sent', `${bytes.length} raw B 0x${bytes.subarray(0, 24).toString('hex')}`)
    this.writer.write(bytes, segmentation)
  }

  /**
   * Sends one message, compressed when compression is in use, in fragments when a size is given.
   *
   * @param label - names the message and all that were sent before it, when other cases send the same
   */
  sendMessage(payload: Uint8Array, isBinary: boolean, fragmentBytes?: number, label?: string): void {
    const opcode = isBinary ? Opcode.binary : Opcode.text
    const bytes = this.codec?.compress(payload, label) ?? payload
    const rsv = this.codec === undefined ? 0 : 4
    const messageBytes = this.codec === undefined ? undefined : payload.length
    if (fragmentBytes === undefined || bytes.length <= fragmentBytes) {
      this.sendFrame(opcode, { payload: bytes, rsv }, messageBytes)
      return
    }
    // The last fragment is empty when the size divides the message, as in the suite that others know.
    for (let at = 0, done = false; !done; at += fragmentBytes) {
      done = at + fragmentBytes > bytes.length
      const piece = bytes.subarray(at, at + fragmentBytes)
      if (at === 0) this.sendFrame(opcode, { payload: piece, fin: done, rsv }, messageBytes)
      else this.sendFrame(Opcode.continuation, { payload: piece, fin: done })
    }
  }
}

function rotated(key: Buffer, offset: number): Buffer {
  return Buffer.from([0, 1, 2, 3].map((index) => key[(index + offset) & 3] as number))
}
