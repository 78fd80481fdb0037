import { argumentError, describe } from './errors.js'

/** Whether a message is text (opcode 1) or binary (opcode 2), RFC 6455 section 5.6. */
export type MessageType = 'text' | 'binary'

/** What `send` takes: a string goes out as text, bytes as binary, a message as it came. */
export type MessageData = string | Uint8Array | ArrayBuffer | Message

// Two copies of this package may meet in one process; a class is known only to its own.
const MESSAGE = Symbol.for('@echosession/core.message')

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The pieces of a message that has not been joined; undefined for everything else. Never throws. */
export let piecesOf: (data: unknown) => readonly Uint8Array[] | undefined
/** Whether this is a message of this copy of the package. Never throws. */
let isOwn: (data: object) => boolean

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** One whole message. Its bytes are decoded only when asked for, so passing a message on costs no decode. */
export class Message {
  /** Text or binary, as the peer sent it. */
  readonly type: MessageType
  /** How many bytes the payload has. */
  readonly size: number
  #bytes: Uint8Array | undefined
  #pieces: readonly Uint8Array[] | undefined

  static {
    isOwn = (data) => #pieces in data
    piecesOf = (data) =>
      typeof data === 'object' && data !== null && #pieces in data ? data.#pieces : undefined
  }

  /** @param payload its bytes, in one piece or in several. */
  constructor(type: MessageType, payload: Uint8Array | readonly Uint8Array[]) {
    this.type = type
    if (payload instanceof Uint8Array) {
      this.size = payload.byteLength
      this.#bytes = payload
    } else {
      this.size = payload.reduce((sum, { byteLength }) => sum + byteLength, 0)
      this.#pieces = payload
    }
  }

  /** The payload as it came over the wire. Valid for as long as it is held. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = join(this.#pieces ?? [], this.size)
      this.#pieces = undefined
    }
    return this.#bytes
  }

  /**
   * Decodes the payload as UTF-8.
   * @throws TypeError when a binary message is not UTF-8; a text message always is.
   */
  text(): string {
    return decoder.decode(this.bytes)
  }

  /**
   * Parses the payload as JSON.
   * @throws SyntaxError when it is not JSON.
   */
  json(): unknown {
    return JSON.parse(this.text())
  }
}

Object.defineProperty(Message.prototype, MESSAGE, { value: true })

// Asked of the engine's own internal slots: neither a `Symbol.toStringTag` nor another realm's constructor changes it.
const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype)
const typedArrayName = Object.getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)?.get as (
  this: unknown,
) => unknown
const bufferByteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get as (
  this: unknown,
) => number

function isArrayBuffer(data: unknown): data is ArrayBuffer {
  try {
    bufferByteLength.call(data)
    return true
  } catch {
    return false
  }
}

// A view whose buffer was detached, or shrunk from under it, looks empty; only its methods tell.
function isUsable(bytes: Uint8Array): boolean {
  if (bytes.byteLength > 0) return true
  try {
    Uint8Array.prototype.at.call(bytes, 0)
    return true
  } catch {
    return false
  }
}

/**
 * Turns bytes that a user handed over into a view of them, without a copy.
 * @throws TypeError with `ES_ERR_MESSAGE_TYPE` for everything that is not a Uint8Array or ArrayBuffer.
 */
export function toBytes(data: unknown): Uint8Array {
  let detached = false
  if (typedArrayName.call(data) === 'Uint8Array') {
    if (isUsable(data as Uint8Array)) return data as Uint8Array
    detached = true
  } else if (isArrayBuffer(data)) {
    try {
      return new Uint8Array(data)
    } catch {
      detached = true
    }
  }
  throw argumentError(
    'ES_ERR_MESSAGE_TYPE',
    `send takes a string, Uint8Array, ArrayBuffer or Message; it was given ${describe(data)}${
      detached ? ' whose buffer is detached' : ''
    }. Encode other values first, for example with JSON.stringify.`,
  )
}

/** Tells whether this is a received message. Never throws. */
export function isMessage(data: unknown): data is Message {
  if (typeof data !== 'object' || data === null) return false
  try {
    return isOwn(data) || (MESSAGE in data && Reflect.get(data, MESSAGE) === true)
  } catch {
    return false
  }
}

/**
 * What is sent for what a user handed over: a string as it is, everything else as bytes.
 * @throws TypeError with `ES_ERR_MESSAGE_TYPE`.
 */
export function payloadOf(data: MessageData): string | Uint8Array {
  if (typeof data === 'string') return data
  if (!isMessage(data)) return toBytes(data)
  const { bytes } = data
  // The short way for what every echo sends; anything odd about the bytes is looked at closely.
  return bytes instanceof Uint8Array && bytes.length > 0 ? bytes : toBytes(bytes)
}

/** How it is sent: a string as text, bytes as binary, a message as it came. */
export function typeOf(data: MessageData): MessageType {
  if (typeof data === 'string') return 'text'
  return isMessage(data) && data.type === 'text' ? 'text' : 'binary'
}
