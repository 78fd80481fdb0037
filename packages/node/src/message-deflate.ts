import { Buffer } from 'node:buffer'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { MessageType } from '@echosession/core'
import { encodeFrame, RSV1 } from './frame-encoder.js'

/** From this size on a message is compressed: what is smaller hardly becomes shorter. */
const THRESHOLD = 1_024
// Somebody waits for each message; gorilla compresses at this level too.
const LEVEL = 1
/** Larger messages are compressed by `ws`, in a thread: the event loop would stand still for too long. */
const MAX_DEFLATED_HERE = 65_536
/** So much compressed data is inflated at once, and to so much; the rest is for `ws`, in a thread. */
const MAX_INFLATED_HERE = 16_384
const MAX_INFLATED_TO = 65_536
const SYNC_FLUSH = constants.Z_SYNC_FLUSH
/** What the sender of a message has cut off its end (RFC 7692 section 7.2.1). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])
/** So much longer than its compressed form most text is not. */
const LIKELY_RATIO = 5
const MIN_CHUNK = 256

/** What `ws` is told about permessage-deflate: each message is compressed by itself, as here. */
export const DEFLATE_OPTIONS = {
  threshold: THRESHOLD,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { level: LEVEL },
} as const

/** Whether a message of so many bytes is sent compressed. */
export function isToBeDeflated(length: number): boolean {
  return length >= THRESHOLD
}

/** Whether compressing a message of so many bytes takes too long to wait for it. */
export function isLongToDeflate(length: number): boolean {
  return length > MAX_DEFLATED_HERE
}

/** Compresses a message by itself (RFC 7692 section 7.2.1). */
export function deflate(data: string | Uint8Array): Buffer {
  const chunkSize = Math.min(MAX_DEFLATED_HERE, data.length)
  return deflateRawSync(data, { level: LEVEL, finishFlush: SYNC_FLUSH, chunkSize }).subarray(0, -TAIL.length)
}

/** Makes the frame of a message for all who have agreed on permessage-deflate, of whatever size it is. */
export function encodeDeflatedFrame(data: string | Uint8Array, type: MessageType): Buffer {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
  return isToBeDeflated(length) ? encodeFrame(deflate(data), type, RSV1) : encodeFrame(data, type)
}

/** Inflates what came in one frame; undefined when it is not for this side of `ws` to say what it is. */
export type Inflate = (payload: Buffer) => Buffer | undefined

/** Whether so much compressed data takes too long to wait for it. */
export function isLongToInflate(length: number): boolean {
  return length > MAX_INFLATED_HERE
}

/** Makes what inflates messages that were compressed by themselves (RFC 7692 section 7.2.2). */
export function createInflate(maxMessageBytes: number): Inflate {
  const maxOutputLength = Math.min(MAX_INFLATED_TO, maxMessageBytes)
  return (payload) => {
    const chunkSize = Math.max(MIN_CHUNK, Math.min(MAX_INFLATED_HERE, payload.length * LIKELY_RATIO))
    try {
      const whole = Buffer.concat([payload, TAIL])
      return inflateRawSync(whole, { finishFlush: SYNC_FLUSH, maxOutputLength, chunkSize })
    } catch {
      // Not compressed data, or more than is taken here: ws says what comes of it.
      return undefined
    }
  }
}
