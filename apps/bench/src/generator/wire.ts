import { deflateRawSync } from 'node:zlib'
import { encodeFrame, Opcode } from '@echosession/probe'
import type { Job, MessageShape } from './job.js'

/** One message as it goes over the wire, and what has to come back. */
export interface Wire {
  readonly request: Buffer
  /** Undefined when it has to be decoded, because the server compresses as it likes. */
  readonly reply: Buffer | undefined
}

/** The bit of a frame that is compressed (RFC 7692 section 6). */
export const RSV1 = 4
const WORDS = 'the quick brown fox jumps over the lazy dog and runs on '
/** What is taken off the end of every compressed message (RFC 7692 section 7.2.1). */
export const TAIL = Buffer.from([0, 0, 0xff, 0xff])

/** The text of a message of so many bytes. */
export function textOf(bytes: number): string {
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
