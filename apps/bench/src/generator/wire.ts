import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { decodeFrame, encodeFrame, Opcode } from '@echosession/probe'
import type { Job, MessageShape } from './job.js'

/** One message as it goes over the wire, and what has to come back, byte for byte. */
export interface Wire {
  readonly request: Buffer
  /** Undefined when the server's bytes have to be learned and checked first, because it compresses as it likes. */
  readonly reply: Buffer | undefined
}

const RSV1 = 4
const WORDS = 'the quick brown fox jumps over the lazy dog and runs on '
const TAIL = Buffer.from([0, 0, 0xff, 0xff])

function textOf(bytes: number): string {
  return WORDS.repeat(Math.ceil(bytes / WORDS.length)).slice(0, bytes)
}

function chatOf(type: 'say' | 'said', bytes: number, room: string): string {
  return JSON.stringify({ type, room, text: textOf(bytes) })
}

function frames(masked: boolean, ...parts: (readonly [number, Buffer | string])[]): Buffer {
  return Buffer.concat(parts.map(([opcode, payload]) => encodeFrame(opcode, payload, { masked })))
}

function socketIoFrames(
  { bytes, binary, chat = false }: MessageShape,
  masked: boolean,
  room: string,
): Buffer {
  const text = textOf(bytes)
  if (chat) return frames(masked, [Opcode.text, `42["m",${chatOf(masked ? 'say' : 'said', bytes, room)}]`])
  if (!binary) return frames(masked, [Opcode.text, `42["m",${JSON.stringify(text)}]`])
  const head = '451-["m",{"_placeholder":true,"num":0}]'
  return frames(masked, [Opcode.text, head], [Opcode.binary, Buffer.from(text)])
}

function compressed(opcode: number, text: string): Buffer {
  const payload = deflateRawSync(text, { finishFlush: 2 }).subarray(0, -TAIL.length)
  return encodeFrame(opcode, payload, { rsv: RSV1 })
}

/** Writes the message of a job and the reply to it. */
export function wireOf({ protocol, message, deflate }: Job, room = 'lobby'): Wire {
  const { bytes, binary, chat = false } = message
  if (protocol === 'socket.io') {
    const request = socketIoFrames(message, true, room)
    return { request, reply: deflate ? undefined : socketIoFrames(message, false, room) }
  }
  const opcode = binary ? Opcode.binary : Opcode.text
  const text = chat ? chatOf('say', bytes, room) : textOf(bytes)
  if (deflate) return { request: compressed(opcode, text), reply: undefined }
  const request = encodeFrame(opcode, text)
  if (protocol === 'tcp') return { request, reply: request }
  const said = chat ? chatOf('said', bytes, room) : text
  return { request, reply: encodeFrame(opcode, said, { masked: false }) }
}

/** Says in one sentence what is wrong with a learned reply; undefined when its content is the message's. */
export function judgeLearned(reply: Buffer, { protocol, message }: Job): string | undefined {
  const first = decodeFrame(reply)
  if (first === undefined) return 'the reply is no frame'
  const { rsv, payload } = first.frame
  const plain = rsv === RSV1 ? inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: 2 }) : payload
  const text = textOf(message.bytes)
  const expected = protocol === 'socket.io' ? `42["m",${JSON.stringify(text)}]` : text
  return plain.toString() === expected ? undefined : 'the reply has another content than the message'
}
