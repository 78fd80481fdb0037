import type { Selection } from './audience.js'
import { FieldReader, FieldWriter, MAX_ENTRIES, textOf } from './relay-fields.js'

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
  /** How long ago it began the series, by its own clock and rather too long than too short; Infinity after 49 days. */
  readonly ageMs: number
}

/** Whom marks answer. */
export interface Asker {
  readonly publisher: string
  /** When it asked by its own clock, and as much later as it waited for this answer: for how old the marks are now. */
  readonly askedAt: number
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
  | { readonly kind: 'marks'; readonly marks: readonly Mark[]; readonly askers: readonly Asker[] }
  /** Asks for marks; of every channel where none is named. `askedAt` is a whole number of milliseconds. */
  | { readonly kind: 'sync'; readonly askedAt: number; readonly channels: readonly string[] | undefined }
)

const MAGIC = 0xe5
const VERSION = 1
const KINDS = ['message', 'signal', 'marks', 'sync'] as const
const TYPES = ['binary', 'text'] as const
const EVERY_CHANNEL = 0xffff
/** What the marks or channels of one envelope take up at most: every engine carries 64 KiB. */
const MAX_ENTRIES_BYTES = 32_768
/** A mark without its channel's name. */
const MARK_BYTES = 16

/** Writes an envelope. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const writer = new FieldWriter()
  writer.u8(MAGIC)
  writer.u8(VERSION)
  writer.u8(KINDS.indexOf(envelope.kind))
  writer.publisher(envelope.publisher)
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
      writer.u16(envelope.askers.length)
      for (const { publisher, askedAt } of envelope.askers) {
        writer.publisher(publisher)
        writer.u48(askedAt)
      }
      writer.u16(envelope.marks.length)
      for (const mark of envelope.marks) {
        writer.name(mark.channel)
        writer.place(mark)
        writer.age(mark.ageMs)
      }
      break
    case 'sync':
      writer.u48(envelope.askedAt)
      writer.u16(envelope.channels?.length ?? EVERY_CHANNEL)
      for (const channel of envelope.channels ?? []) writer.name(channel)
      break
  }
  return writer.written()
}

/** Reads an envelope; undefined for everything that is none, whatever it is. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  try {
    return read(new FieldReader(bytes))
  } catch {
    // It ends too early, has too long a list, or text that is not UTF-8.
    return undefined
  }
}

function read(reader: FieldReader): Envelope | undefined {
  if (reader.u8() !== MAGIC || reader.u8() !== VERSION) return undefined
  const kind = KINDS[reader.u8()]
  const publisher = reader.publisher()
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
      if (type === 'text') textOf(payload)
      return { kind, publisher, ...place, type, copyId, selection: { rooms, exceptRooms }, key, payload }
    }
    case 'signal':
      return { kind, publisher, ...reader.place(), payload: reader.rest() }
    case 'marks': {
      const askers = reader.entries(() => ({ publisher: reader.publisher(), askedAt: reader.u48() }))
      const marks = reader.entries(() => ({
        channel: reader.given(),
        ...reader.place(),
        ageMs: reader.age(),
      }))
      return reader.rest().length === 0 ? { kind, publisher, askers, marks } : undefined
    }
    case 'sync': {
      const askedAt = reader.u48()
      const channels = reader.entries(() => reader.given(), EVERY_CHANNEL)
      return reader.rest().length === 0 ? { kind, publisher, askedAt, channels } : undefined
    }
    default:
      return undefined
  }
}

/** Splits marks, or channels to ask for, into as many envelopes' worth as they need, each small enough for any engine. */
export function* chunksOf<Entry extends Mark | string>(
  entries: readonly Entry[],
): Generator<readonly Entry[]> {
  let chunk: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    const channel = typeof entry === 'string' ? entry : entry.channel
    const size = MARK_BYTES + 3 * channel.length
    if (bytes + size > MAX_ENTRIES_BYTES || chunk.length === MAX_ENTRIES) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(entry)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}
