import { mask } from './mask.js'
import { preview } from './transcript.js'

/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** One frame to send, valid or not: nothing here is checked, because sending what is wrong is the point. */
export interface Frame {
  readonly opcode: number
  readonly payload?: Uint8Array | undefined
  /** Whether it ends its message; true unless said otherwise. */
  readonly fin?: boolean | undefined
  /** The three reserved bits as a number from 0 to 7; 4 is RSV1. */
  readonly rsv?: number | undefined
  /** The masking key, or undefined to send the payload unmasked. */
  readonly maskingKey?: Uint8Array | undefined
  /** How the length is written: as short as it can be unless said otherwise. */
  readonly lengthBytes?: 0 | 2 | 8 | undefined
  /** The length to announce, when it is not the length of the payload. */
  readonly announcedLength?: bigint | undefined
}

const NAMES: Record<number, string> = { 0: 'CONT', 1: 'TEXT', 2: 'BINARY', 8: 'CLOSE', 9: 'PING', 10: 'PONG' }

/** Names an opcode for the transcript. */
export function opcodeName(opcode: number): string {
  return NAMES[opcode] ?? `OPCODE-${opcode}`
}

/** Writes a frame: its header, and its payload, masked when it has a key (RFC 6455 section 5.2). */
export function encodeFrame(frame: Frame): Buffer {
  const payload = frame.payload ?? Buffer.alloc(0)
  const announced = frame.announcedLength ?? BigInt(payload.length)
  const lengthBytes = frame.lengthBytes ?? (announced < 126n ? 0 : announced < 65_536n ? 2 : 8)
  const keyBytes = frame.maskingKey === undefined ? 0 : 4
  const headBytes = 2 + lengthBytes + keyBytes
  const bytes = Buffer.allocUnsafe(headBytes + payload.length)
  const maskBit = keyBytes === 0 ? 0 : 0x80
  bytes[0] = (frame.fin === false ? 0 : 0x80) | ((frame.rsv ?? 0) << 4) | frame.opcode
  if (lengthBytes === 0) bytes[1] = maskBit | Number(announced)
  else if (lengthBytes === 2) {
    bytes[1] = maskBit | 126
    bytes.writeUInt16BE(Number(announced), 2)
  } else {
    bytes[1] = maskBit | 127
    bytes.writeBigUInt64BE(announced, 2)
  }
  if (frame.maskingKey !== undefined) bytes.set(frame.maskingKey, 2 + lengthBytes)
  bytes.set(payload, headBytes)
  if (frame.maskingKey !== undefined) mask(bytes.subarray(headBytes), frame.maskingKey)
  return bytes
}

/** Builds the payload of a close frame; without a code the reason alone is written, which is a broken frame. */
export function closePayload(code?: number, reason: Uint8Array = Buffer.alloc(0)): Buffer {
  if (code === undefined) return Buffer.from(reason)
  const payload = Buffer.alloc(2 + reason.length)
  payload.writeUInt16BE(code, 0)
  payload.set(reason, 2)
  return payload
}

/** Describes a frame in one line for the transcript. */
export function describeFrame(
  opcode: number,
  fin: boolean,
  rsv: number,
  masked: boolean,
  payload: Uint8Array,
): string {
  const parts = [opcodeName(opcode), fin ? 'fin' : 'more']
  if (rsv !== 0) parts.push(`rsv=${rsv}`)
  if (masked) parts.push('masked')
  parts.push(`${payload.length} B`)
  if (opcode === Opcode.close && payload.length >= 2) {
    parts.push(`code ${Buffer.from(payload.subarray(0, 2)).readUInt16BE(0)}`)
    if (payload.length > 2) parts.push(preview(payload.subarray(2)))
  } else if (payload.length > 0) parts.push(preview(payload))
  return parts.join(' ')
}
