import type { Selection } from './audience.js'
import { MAX_ROOMS } from './audience.js'

/** Where an envelope stands among those that its publisher has sent on the same channel. */
export interface Place {
  /** A new series has a greater one. */
  readonly generation: number
  /** From 1, without a hole. */
  readonly sequence: number
}

/** How far a publisher has come on a channel. */
export interface Mark extends Place {
  readonly channel: string
}

/** What travels between processes. `publisher` is the process that it is from, in hexadecimal. */
export type Envelope = { readonly publisher: string } & (
  | ({ readonly kind: 'message'; readonly selection: Selection; readonly key: string | undefined } & Place & {
        readonly type: 'text' | 'binary'
        /** The same in each copy of a message that goes out on several channels; 0 when there is one. */
        readonly copyId: number
        readonly payload: Uint8Array
      })
  | ({ readonly kind: 'signal'; readonly payload: Uint8Array } & Place)
  | { readonly kind: 'marks'; readonly marks: readonly Mark[] }
  | { readonly kind: 'sync' }
)

const MAGIC = 0xe5
const VERSION = 1
const KINDS = ['message', 'signal', 'marks', 'sync'] as const
/** How many bytes of randomness tell processes apart. */
export const PUBLISHER_BYTES = 12
const TYPES = ['binary', 'text'] as const
const EVERYONE = 0xff
const NO_KEY = 0xffff
const MAX_MARKS = 1_024
/** What the marks of one envelope take up at most: every engine carries 64 KiB. */
const MAX_MARKS_BYTES = 32_768
/** A mark without its channel's name. */
const MARK_BYTES = 12

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Writes an envelope. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const writer = new Writer()
  writer.u8(MAGIC)
  writer.u8(VERSION)
  writer.u8(KINDS.indexOf(envelope.kind))
  for (let at = 0; at < PUBLISHER_BYTES; at++) {
    writer.u8(Number.parseInt(envelope.publisher.slice(2 * at, 2 * at + 2), 16))
  }
  switch (envelope.kind) {
    case 'message': {
      const { selection, key, type, copyId } = envelope
      writer.place(envelope)
      writer.u8(TYPES.indexOf(type))
      writer.u32(copyId)
      writer.names(selection.rooms)
      writer.names(selection.exceptRooms)
      writer.name(key)
      writer.bytes(envelope.payload)
      break
    }
    case 'signal':
      writer.place(envelope)
      writer.bytes(envelope.payload)
      break
    case 'marks':
      writer.u16(envelope.marks.length)
      for (const mark of envelope.marks) {
        writer.name(mark.channel)
        writer.place(mark)
      }
      break
    case 'sync':
      break
  }
  return writer.written()
}

/** Reads an envelope; undefined for everything that is none, whatever it is. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  try {
    return read(new Reader(bytes))
  } catch {
    // It ends too early, or has text that is not UTF-8.
    return undefined
  }
}

function read(reader: Reader): Envelope | undefined {
  if (reader.u8() !== MAGIC || reader.u8() !== VERSION) return undefined
  const kind = KINDS[reader.u8()]
  let publisher = ''
  for (let at = 0; at < PUBLISHER_BYTES; at++) publisher += reader.u8().toString(16).padStart(2, '0')
  switch (kind) {
    case 'message': {
      const place = reader.place()
      const type = TYPES[reader.u8()]
      if (type === undefined) return undefined
      const copyId = reader.u32()
      const rooms = reader.names()
      const exceptRooms = reader.names() ?? []
      const key = reader.name()
      const payload = reader.rest()
      // A peer is never sent text that is not UTF-8, wherever it comes from.
      if (type === 'text') decoder.decode(payload)
      return { kind, publisher, ...place, type, copyId, selection: { rooms, exceptRooms }, key, payload }
    }
    case 'signal':
      return { kind, publisher, ...reader.place(), payload: reader.rest() }
    case 'marks': {
      const marks: Mark[] = []
      const count = reader.u16()
      if (count > MAX_MARKS) return undefined
      while (marks.length < count) {
        const channel = reader.name()
        if (channel === undefined) return undefined
        marks.push({ channel, ...reader.place() })
      }
      return reader.rest().length === 0 ? { kind, publisher, marks } : undefined
    }
    case 'sync':
      return reader.rest().length === 0 ? { kind, publisher } : undefined
    default:
      return undefined
  }
}

/** Splits marks into as many envelopes' worth as they need, each small enough for any engine. */
export function* chunksOfMarks(marks: readonly Mark[]): Generator<readonly Mark[]> {
  let chunk: Mark[] = []
  let bytes = 0
  for (const mark of marks) {
    const size = MARK_BYTES + 3 * mark.channel.length
    if (bytes + size > MAX_MARKS_BYTES || chunk.length === MAX_MARKS) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(mark)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

class Writer {
  #buffer = new Uint8Array(256)
  #view = new DataView(this.#buffer.buffer)
  #at = 0

  u8(value: number): void {
    this.#room(1)
    this.#view.setUint8(this.#at, value)
    this.#at += 1
  }

  u16(value: number): void {
    this.#room(2)
    this.#view.setUint16(this.#at, value)
    this.#at += 2
  }

  u32(value: number): void {
    this.#room(4)
    this.#view.setUint32(this.#at, value)
    this.#at += 4
  }

  place({ generation, sequence }: Place): void {
    this.u32(generation)
    this.u16(Math.floor(sequence / 2 ** 32))
    this.u32(sequence % 2 ** 32)
  }

  name(name: string | undefined): void {
    if (name === undefined) {
      this.u16(NO_KEY)
      return
    }
    const bytes = encoder.encode(name)
    this.u16(bytes.length)
    this.bytes(bytes)
  }

  names(names: readonly string[] | undefined): void {
    this.u8(names === undefined ? EVERYONE : names.length)
    for (const name of names ?? []) this.name(name)
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  written(): Uint8Array {
    return this.#buffer.subarray(0, this.#at)
  }

  #room(length: number): void {
    if (this.#at + length <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#at + length))
    larger.set(this.#buffer)
    this.#buffer = larger
    this.#view = new DataView(larger.buffer)
  }
}

// Throws a RangeError past the end.
class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4))
  }

  place(): Place {
    return { generation: this.u32(), sequence: this.u16() * 2 ** 32 + this.u32() }
  }

  name(): string | undefined {
    const length = this.u16()
    if (length === NO_KEY) return undefined
    const start = this.#skip(length)
    if (this.#at > this.#bytes.length) throw new RangeError('The envelope ends in the middle of a name.')
    return decoder.decode(this.#bytes.subarray(start, this.#at))
  }

  names(): readonly string[] | undefined {
    const count = this.u8()
    if (count === EVERYONE) return undefined
    if (count > MAX_ROOMS) throw new RangeError('The envelope names too many rooms.')
    const names: string[] = []
    while (names.length < count) {
      const name = this.name()
      if (name === undefined) throw new RangeError('The envelope lacks a name.')
      names.push(name)
    }
    return names
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at)
  }

  #skip(length: number): number {
    const start = this.#at
    this.#at += length
    return start
  }
}
