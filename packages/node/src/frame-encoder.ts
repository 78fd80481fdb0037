/** Frame opcodes (RFC 6455 section 5.2). */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const FIN = 0x80

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
