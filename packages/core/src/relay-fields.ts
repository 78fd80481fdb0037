import { MAX_ROOMS } from './audience.js'
import type { Place } from './relay-envelope.js'

/** How many bytes of randomness tell processes apart. */
export const PUBLISHER_BYTES = 12
/** How many marks, askers or channels one envelope names at most. */
export const MAX_ENTRIES = 1_024
const EVERYONE = 0xff
const NO_KEY = 0xffff
const LONGEST_AGE = 0xffff_ffff

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws TypeError at bytes that are not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Writes the fields of an envelope one after the other. */
export class FieldWriter {
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

  u48(value: number): void {
    this.u16(Math.floor(value / 2 ** 32))
    this.u32(value % 2 ** 32)
  }

  publisher(publisher: string): void {
    for (let at = 0; at < PUBLISHER_BYTES; at++) {
      this.u8(Number.parseInt(publisher.slice(2 * at, 2 * at + 2), 16))
    }
  }

  place({ generation, sequence }: Place): void {
    this.u32(generation)
    this.u48(sequence)
  }

  age(ms: number): void {
    this.u32(Math.min(ms, LONGEST_AGE))
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

/** Reads the fields of an envelope one after the other. Throws a RangeError past the end. */
export class FieldReader {
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

  u48(): number {
    return this.u16() * 2 ** 32 + this.u32()
  }

  publisher(): string {
    let publisher = ''
    for (let at = 0; at < PUBLISHER_BYTES; at++) publisher += this.u8().toString(16).padStart(2, '0')
    return publisher
  }

  place(): Place {
    return { generation: this.u32(), sequence: this.u48() }
  }

  age(): number {
    const age = this.u32()
    return age === LONGEST_AGE ? Number.POSITIVE_INFINITY : age
  }

  /** A list of no more than an envelope may have; undefined where its length is `none`. */
  entries<Entry>(read: () => Entry): Entry[]
  entries<Entry>(read: () => Entry, none: number): Entry[] | undefined
  entries<Entry>(read: () => Entry, none?: number): Entry[] | undefined {
    const count = this.u16()
    if (count === none) return undefined
    if (count > MAX_ENTRIES) throw new RangeError('The envelope has too long a list.')
    const entries: Entry[] = []
    while (entries.length < count) entries.push(read())
    return entries
  }

  /** A name that has to be there. */
  given(): string {
    const name = this.name()
    if (name === undefined) throw new RangeError('The envelope lacks a name.')
    return name
  }

  name(): string | undefined {
    const length = this.u16()
    if (length === NO_KEY) return undefined
    const start = this.#skip(length)
    if (this.#at > this.#bytes.length) throw new RangeError('The envelope ends in the middle of a name.')
    return textOf(this.#bytes.subarray(start, this.#at))
  }

  names(): readonly string[] | undefined {
    const count = this.u8()
    if (count === EVERYONE) return undefined
    if (count > MAX_ROOMS) throw new RangeError('The envelope names too many rooms.')
    const names: string[] = []
    while (names.length < count) names.push(this.given())
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
