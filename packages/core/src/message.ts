import { argumentError, describe } from './errors.js'

/** Whether a message is text (opcode 1) or binary (opcode 2), RFC 6455 section 5.6. */
export type MessageType = 'text' | 'binary'

/** What `send` takes: a string goes out as text, bytes as binary, a message as it came. */
export type MessageData = string | Uint8Array | ArrayBuffer | Message

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One whole message. Its bytes are decoded only when asked for, so passing a message on costs no decode. */
export class Message {
  /** Text or binary, as the peer sent it. */
  readonly type: MessageType
  /** The payload as it came over the wire. Valid for as long as it is held. */
  readonly bytes: Uint8Array

  constructor(type: MessageType, bytes: Uint8Array) {
    this.type = type
    this.bytes = bytes
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

function isDetached(bytes: Uint8Array): boolean {
  if (bytes.byteLength > 0) return false
  try {
    // A view over a detached buffer looks empty; only making a new view tells the two apart on every runtime.
    new Uint8Array(bytes.buffer)
    return false
  } catch {
    return true
  }
}

/**
 * Turns bytes that a user handed over into a view of them, without a copy.
 * @throws TypeError with `ES_ERR_MESSAGE_TYPE` for everything that is not a Uint8Array or ArrayBuffer.
 */
export function toBytes(data: unknown): Uint8Array {
  const tag = Object.prototype.toString.call(data)
  if (tag === '[object Uint8Array]' && ArrayBuffer.isView(data)) {
    const bytes = data as Uint8Array
    if (!isDetached(bytes)) return bytes
  } else if (tag === '[object ArrayBuffer]') {
    try {
      return new Uint8Array(data as ArrayBuffer)
    } catch {
      // Detached: said below with everything else that cannot be sent.
    }
  }
  throw argumentError(
    'ES_ERR_MESSAGE_TYPE',
    `send takes a string, Uint8Array, ArrayBuffer or Message; it was given ${describe(data)}${
      tag === '[object Uint8Array]' || tag === '[object ArrayBuffer]' ? ' whose buffer is detached' : ''
    }. Encode other values first, for example with JSON.stringify.`,
  )
}
