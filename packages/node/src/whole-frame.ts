import { isUtf8 } from 'node:buffer'
import type { MessageType } from '@echosession/core'
import { type Inflate, isLongToInflate } from './message-deflate.js'
import { unmask } from './unmask.js'

/** Who takes whole messages, and the pings and pongs between them. */
export interface FrameTaker {
  /** A whole message has come; one that is too large to be joined for nothing may come in pieces. */
  message(payload: Buffer | readonly Buffer[], type: MessageType): void
  /** A ping has come. */
  pinged(payload: Buffer): void
  /** A pong has come. */
  ponged(payload: Buffer): void
  /** Whether nothing more is a message, because the connection is closing. */
  readonly stopped: boolean
  /** Inflates compressed messages, where permessage-deflate was agreed on. */
  readonly inflate: Inflate | undefined
}

const FINAL_TEXT = 0x81
const FINAL_BINARY = 0x82
const DEFLATED_TEXT = 0xc1
const DEFLATED_BINARY = 0xc2
const TEXT = 0x01
const OPCODE = 0x0f
const PING = 0x89
const PONG = 0x8a
const MASKED = 0x80
const LENGTH = 0x7f
const MAX_CONTROL_BYTES = 125
const MASK_BYTES = 4
const NOT_ASCII = 0x80

/**
 * Takes the messages that stand here in one frame each, whole, masked, of allowed size and, for text, of UTF-8, and what
 * the heartbeat brings between them: what nearly all frames are.
 * @returns where the first byte stands that is not part of such a frame. It is left as it came.
 */
export function takeWholeFrames(
  bytes: Buffer,
  from: number,
  maxMessageBytes: number,
  taker: FrameTaker,
): number {
  const there = bytes.length
  let at = from
  while (there - at >= 2 + MASK_BYTES && !taker.stopped) {
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    if (first === PING || first === PONG) {
      const end = takeControl(bytes, at, taker)
      if (end === at) return at
      at = end
      continue
    }
    if (second < MASKED || !isWholeMessage(first, taker)) return at
    let start = at + 2 + MASK_BYTES
    let length = second & LENGTH
    if (length > 125) {
      start += length === 126 ? 2 : 8
      if (start > there) return at
      length = payloadLength(bytes, at)
    }
    const end = start + length
    if (end > there || isTooLarge(first, length, maxMessageBytes)) return at
    const payload = bytes.subarray(start, end)
    const mask = maskOf(bytes, start)
    const bits = unmask(payload, mask, 0)
    if (first === FINAL_BINARY) taker.message(payload, 'binary')
    // Bytes without the highest bit are ASCII.
    else if (first === FINAL_TEXT && bits < NOT_ASCII) taker.message(payload, 'text')
    else {
      const content = contentOf(first, payload, taker)
      if (content === undefined) {
        unmask(payload, mask, 0)
        return at
      }
      taker.message(content, typeOfFrame(first))
    }
    at = end
  }
  return at
}

// Takes a ping or a pong (RFC 6455 section 5.5) that is all there and as it should be; returns where it ends.
function takeControl(bytes: Buffer, at: number, taker: FrameTaker): number {
  const length = (bytes[at + 1] as number) - MASKED
  const start = at + 2 + MASK_BYTES
  const end = start + length
  if (length < 0 || length > MAX_CONTROL_BYTES || end > bytes.length) return at
  const payload = bytes.subarray(start, end)
  unmask(payload, maskOf(bytes, start), 0)
  if (bytes[at] === PING) taker.pinged(payload)
  else taker.ponged(payload)
  return end
}

/** Whether a frame with this first byte is a whole message in itself, and compressed (RFC 7692 section 6). */
export function isDeflated(first: number): boolean {
  return first === DEFLATED_TEXT || first === DEFLATED_BINARY
}

/** Whether a frame with this first byte is a whole message in itself, compressed or not, that this taker takes. */
export function isWholeMessage(first: number, taker: FrameTaker): boolean {
  return first === FINAL_TEXT || first === FINAL_BINARY || (isDeflated(first) && taker.inflate !== undefined)
}

/** Whether a whole message with this first byte and so many bytes of payload is too large to be taken here. */
export function isTooLarge(first: number, length: number, maxMessageBytes: number): boolean {
  return length > maxMessageBytes || (isDeflated(first) && isLongToInflate(length))
}

/** The content of a whole message; undefined when it is for the other parser to say what is wrong with it. */
export function contentOf(first: number, payload: Buffer, taker: FrameTaker): Buffer | undefined {
  const content = isDeflated(first) ? taker.inflate?.(payload) : payload
  if (content === undefined || (typeOfFrame(first) === 'text' && !isUtf8(content))) return undefined
  return content
}

/** The type of a whole message, by the first byte of its frame. */
export function typeOfFrame(first: number): MessageType {
  return (first & OPCODE) === TEXT ? 'text' : 'binary'
}

/** How many bytes the header at this place has (RFC 6455 section 5.2); its first two have to be there. */
export function headerLength(bytes: Buffer, at: number): number {
  const second = bytes[at + 1] as number
  const short = second & LENGTH
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second < MASKED ? 0 : MASK_BYTES)
}

/** How long the payload behind the header at this place is. */
export function payloadLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] as number) & LENGTH
  if (short === 126) return bytes.readUInt16BE(at + 2)
  return short === 127 ? bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6) : short
}

/** Whether the frame at this place is masked. */
export function isMasked(bytes: Buffer, at: number): boolean {
  return (bytes[at + 1] as number) >= MASKED
}

/** The mask in front of a payload, as one number with its first byte lowest. */
export function maskOf(bytes: Buffer, start: number): number {
  return (
    (bytes[start - 4] as number) |
    ((bytes[start - 3] as number) << 8) |
    ((bytes[start - 2] as number) << 16) |
    ((bytes[start - 1] as number) << 24)
  )
}
