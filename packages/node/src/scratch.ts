// The global `Buffer` is a getter, and it would be asked for every message.
import { Buffer } from 'node:buffer'
import { layPayload, writeHeader } from './frame-encoder.js'

/** How much is laid together before it leaves. */
export const MAX_LAID = 65_536

/** Where the frames that one read brings about are laid one behind the other. Reads do not nest, so one is enough. */
const scratch = Buffer.allocUnsafeSlow(MAX_LAID)

/** Lays a frame behind what is there. */
export function layFrame(
  at: number,
  opcode: number,
  data: string | Uint8Array,
  header: number,
  length: number,
): void {
  writeHeader(scratch, at, opcode, length)
  layPayload(data, scratch, at + header)
}

/** A copy of what was laid. */
export function copyLaid(length: number): Buffer {
  const copy = Buffer.allocUnsafe(length)
  scratch.copy(copy, 0, 0, length)
  return copy
}
