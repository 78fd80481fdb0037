import { constants, deflateRawSync } from 'node:zlib'
import { createRandom, pick, type Random } from './random.js'

/** The largest message that the ports under test take. */
export const MAX_MESSAGE_BYTES = 20_000

const FIN = 0x80
const COMPRESSED = 0x40
const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10] as const

// Made once: what matters is where a byte stands, not which it is.
const noise = Buffer.alloc(65_536)
const fill = createRandom(1)
for (let index = 0; index < noise.length; index++) noise[index] = fill(256)
const letters = Buffer.from('ä€😀 plain text '.repeat(1_000))

const SIZES = [0, 1, 2, 3, 5, 8, 31, 32, 63, 64, 65, 66, 124, 125, 126, 127, 200, 700, 2_999]
// Among them the largest that is joined when it comes in pieces, and the largest that is taken.
const LARGE_SIZES = [16_384, 16_385, 19_999, 20_000, 20_001]

function frame(random: Random, first: number, payload: Buffer, masked = true): Buffer {
  const { length } = payload
  const style = random(24)
  // Longer encodings than needed, now and then.
  const wide = style === 0 || length > 65_535 ? 127 : style === 1 || length > 125 ? 126 : length
  const extended = wide === 127 ? 8 : wide === 126 ? 2 : 0
  const start = 2 + extended + (masked ? 4 : 0)
  const bytes = Buffer.allocUnsafe(start + length)
  bytes[0] = first
  bytes[1] = (masked ? 0x80 : 0) | wide
  if (wide === 126) bytes.writeUInt16BE(length, 2)
  if (wide === 127) bytes.writeBigUInt64BE(BigInt(length), 2)
  payload.copy(bytes, start)
  if (!masked) return bytes
  const from = random(noise.length - 4)
  noise.copy(bytes, start - 4, from, from + 4)
  for (let index = 0; index < length; index++) {
    bytes[start + index] = (bytes[start + index] as number) ^ (noise[from + (index & 3)] as number)
  }
  return bytes
}

function payloadOf(random: Random, text: boolean): Buffer {
  const size = pick(random, random(40) === 0 ? LARGE_SIZES : SIZES)
  if (!text) {
    const from = random(noise.length - size)
    return noise.subarray(from, from + size)
  }
  if (random(12) === 0) return Buffer.from([0xc3, 0x28])
  // Cut anywhere, so now and then inside of a character.
  return letters.subarray(0, random(16) === 0 ? size : Math.floor(size / 26) * 26)
}

function closeFrame(random: Random): Buffer {
  if (random(4) === 0) return frame(random, FIN | CLOSE, noise.subarray(0, random(2)))
  const code = pick(random, [1000, 1001, 1005, 1006, 999, 3000, 4999, 5000])
  const reason = pick(random, ['', 'bye', 'ä€', '\xff'])
  const body = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason, 'latin1')])
  return frame(random, FIN | CLOSE, body)
}

/** Compresses a message (RFC 7692 section 7.2.1), now and then in a way that few do, or not at all. */
function squeezed(random: Random, payload: Buffer): Buffer {
  const style = random(12)
  if (style === 0) return payload
  const level = pick(random, [0, 1, 6, 9])
  // A block that says it is the last one may stand there too (RFC 7692 section 7.2.3.4).
  if (style === 1) return Buffer.concat([deflateRawSync(payload, { level }), Buffer.from([0])])
  const whole = deflateRawSync(payload, { level, finishFlush: constants.Z_SYNC_FLUSH })
  if (style === 2) return whole
  const cut = whole.subarray(0, -4)
  if (style === 3) return cut.subarray(0, random(cut.length + 1))
  if (style === 4 && cut.length > 0) cut[random(cut.length)] = random(256)
  return cut
}

/** A message to compress: some come to more than is taken. */
function inflatedOf(random: Random, text: boolean): Buffer {
  return random(12) === 0
    ? Buffer.alloc(pick(random, [19_999, 20_000, 20_001, 90_000]))
    : payloadOf(random, text)
}

function fragments(random: Random, opcode: number, whole: Buffer): Buffer[] {
  const at = random(whole.length + 1)
  const parts = [frame(random, opcode, whole.subarray(0, at))]
  if (random(3) === 0) parts.push(frame(random, FIN | PING, Buffer.from('between')))
  if (random(4) === 0) parts.push(frame(random, 0, noise.subarray(0, random(4))))
  if (random(5) > 0) parts.push(frame(random, FIN, whole.subarray(at)))
  return parts
}

/**
 * What a client sends: mostly whole messages, and everything else that can stand in a stream.
 * @param deflated whether many of its messages are compressed.
 */
export function streamOf(random: Random, deflated = false): Buffer {
  const parts: Buffer[] = []
  for (let left = 1 + random(6); left > 0; left--) {
    const kind = random(24)
    const text = random(2) === 0
    const opcode = text ? TEXT : BINARY
    if (deflated && kind < 14 && random(4) > 0) {
      const payload = squeezed(random, inflatedOf(random, text))
      if (kind < 11) parts.push(frame(random, FIN | COMPRESSED | opcode, payload))
      else parts.push(...fragments(random, COMPRESSED | opcode, payload))
    } else if (kind < 12) parts.push(frame(random, FIN | opcode, payloadOf(random, text)))
    else if (kind < 15) parts.push(...fragments(random, opcode, payloadOf(random, text)))
    else if (kind < 18) {
      parts.push(frame(random, FIN | pick(random, [PING, PONG]), payloadOf(random, false).subarray(0, 126)))
    } else if (kind === 18) parts.push(closeFrame(random))
    else if (kind === 19) parts.push(frame(random, random(256), payloadOf(random, text)))
    else if (kind === 20) parts.push(frame(random, FIN | opcode, payloadOf(random, text), false))
    else if (kind === 21) parts.push(frame(random, FIN | COMPRESSED | opcode, payloadOf(random, text)))
    else if (kind === 22) parts.push(frame(random, FIN, payloadOf(random, text)))
    else parts.push(noise.subarray(0, random(20)))
  }
  const bytes = Buffer.concat(parts)
  return random(4) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes
}

/** The same bytes in pieces: in one, in two at any boundary, or in many. */
export function cut(random: Random, bytes: Buffer): Buffer[] {
  const style = random(8)
  if (style === 0) return [bytes]
  if (style < 6) {
    const at = random(bytes.length + 1)
    return [bytes.subarray(0, at), bytes.subarray(at)]
  }
  const chunks: Buffer[] = []
  const most = pick(random, bytes.length < 300 ? [1, 1, 3, 17] : [17, 200, 5_000])
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random(most))
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return chunks
}
