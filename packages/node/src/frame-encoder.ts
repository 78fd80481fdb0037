import { Buffer } from 'node:buffer'
import type { MessageType } from '@echosession/core'

/** Frame opcodes (RFC 6455 section 5.2). */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const FIN = 0x80
/** Says of the first frame of a message that it is compressed (RFC 7692 section 6); added to the opcode. */
export const RSV1 = 0x40

/** How many bytes an unmasked frame's header takes for a payload of this length (RFC 6455 section 5.2). */
export function headerLength(payloadLength: number): number {
  return payloadLength < 126 ? 2 : payloadLength < 65_536 ? 4 : 10
}

/** Writes the header of a final, unmasked frame. */
export function writeHeader(target: Buffer, offset: number, opcode: number, payloadLength: number): void {
  target[offset] = FIN | opcode
  if (payloadLength < 126) target[offset + 1] = payloadLength
  else if (payloadLength < 65_536) {
    target[offset + 1] = 126
    target.writeUInt16BE(payloadLength, offset + 2)
  } else {
    target[offset + 1] = 127
    target.writeUInt32BE(Math.floor(payloadLength / 2 ** 32), offset + 2)
    target.writeUInt32BE(payloadLength % 2 ** 32, offset + 6)
  }
}

/** Makes a final, unmasked frame of a message, with these bits beside its opcode. */
export function encodeFrame(data: string | Uint8Array, type: MessageType, bits = 0): Buffer {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
  const header = headerLength(length)
  // Not from node's pool: it is kept for as long as the slowest of its receivers takes.
  const frame = Buffer.allocUnsafeSlow(header + length)
  writeHeader(frame, 0, bits | (type === 'text' ? OPCODE.text : OPCODE.binary), length)
  layPayload(data, frame, header)
  return frame
}

/** Lays a payload behind its header. */
export function layPayload(data: string | Uint8Array, target: Buffer, offset: number): void {
  if (typeof data === 'string') target.write(data, offset)
  else target.set(data, offset)
}
