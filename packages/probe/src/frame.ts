import { randomBytes } from 'node:crypto'

/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** How a frame is written that is not as the protocol wants it. */
export interface FrameShape {
  /** Whether it ends its message; true unless said otherwise. */
  readonly fin?: boolean
  /** The reserved bits as a number from 0 to 7; 4 is RSV1. */
  readonly rsv?: number
  /** Whether the payload is masked; true unless said otherwise. */
  readonly masked?: boolean
  /** The length to announce, when it is not the payload's. */
  readonly announced?: bigint
}

/** Writes a client's frame, valid or not (RFC 6455 section 5.2). */
export function encodeFrame(
  opcode: number,
  payload: Uint8Array | string = '',
  shape: FrameShape = {},
): Buffer {
  const body = Buffer.from(payload)
  const { fin = true, rsv = 0, masked = true, announced = BigInt(body.length) } = shape
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const bit = masked ? 0x80 : 0
  let head: Buffer
  if (announced < 126n) head = Buffer.from([first, bit | Number(announced)])
  else if (announced < 65_536n) {
    head = Buffer.from([first, bit | 126, 0, 0])
    head.writeUInt16BE(Number(announced), 2)
  } else {
    head = Buffer.concat([Buffer.from([first, bit | 127]), Buffer.alloc(8)])
    head.writeBigUInt64BE(announced, 2)
  }
  if (!masked) return Buffer.concat([head, body])
  const key = randomBytes(4)
  for (let index = 0; index < body.length; index++) {
    body[index] = (body[index] as number) ^ (key[index & 3] as number)
  }
  return Buffer.concat([head, key, body])
}

/** The payload of a close frame. */
export function closePayload(code?: number, reason: Uint8Array | string = ''): Buffer {
  if (code === undefined) return Buffer.from(reason)
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return Buffer.concat([head, Buffer.from(reason)])
}

/** One frame as it came from a server. */
export interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly rsv: number
  readonly payload: Buffer
}

/** How long the header of a server's frame is; undefined when it is not complete. */
function headerLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] as number) & 0x7f
  const length = short === 126 ? 4 : short === 127 ? 10 : 2
  return bytes.length < length ? undefined : length
}

/** How many bytes have to be there before there can be a whole frame. */
export function bytesWanted(bytes: Buffer): number {
  const start = headerLength(bytes)
  if (start === undefined) return bytes.length + 1
  if (start === 2) return start + ((bytes[1] as number) & 0x7f)
  return start + (start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)))
}

/** Takes the first whole frame off some bytes; undefined when there is none. */
export function decodeFrame(bytes: Buffer): { readonly frame: Frame; readonly rest: Buffer } | undefined {
  const start = headerLength(bytes)
  const total = bytesWanted(bytes)
  if (start === undefined || bytes.length < total) return undefined
  const first = bytes[0] as number
  return {
    frame: {
      opcode: first & 0x0f,
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      payload: bytes.subarray(start, total),
    },
    rest: bytes.subarray(total),
  }
}
