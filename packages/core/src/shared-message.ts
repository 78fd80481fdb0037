import { type MessageData, type MessageType, payloadOf, typeOf } from './message.js'
import type { FrameEncoder, SocketPort } from './port.js'

const textEncoder = new TextEncoder()

/** One message for many sessions: encoded once for all that have the same encoder, when the first of them takes it. */
export class SharedMessage {
  /** Text or binary. */
  readonly type: MessageType
  /** What is sent: text of the caller's as a string, everything else as bytes. */
  readonly payload: string | Uint8Array
  #encoder: FrameEncoder | undefined
  #frame: Uint8Array | undefined
  /** What other encoders have made of it, where there are several. */
  #others: Map<FrameEncoder, Uint8Array> | undefined
  #mixed = false

  constructor(payload: string | Uint8Array, type: MessageType) {
    this.payload = payload
    this.type = type
  }

  /**
   * Takes what a user wants to send.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE`.
   */
  static of(data: MessageData): SharedMessage {
    return new SharedMessage(payloadOf(data), typeOf(data))
  }

  /** Bytes of payload; of text, its length in UTF-16 units. */
  get size(): number {
    return this.payload.length
  }

  /** The payload as it goes over a wire. */
  get bytes(): Uint8Array {
    return typeof this.payload === 'string' ? textEncoder.encode(this.payload) : this.payload
  }

  /** The encoder that all ports it was handed to have in common; undefined if there is none. */
  get soleEncoder(): FrameEncoder | undefined {
    return this.#mixed ? undefined : this.#encoder
  }

  /** Hands it to a port. */
  sendBy(port: SocketPort): void {
    const { encoder } = port.capabilities
    if (encoder === undefined || port.sendEncoded === undefined) {
      this.#mixed = true
      port.send(this.payload, this.type)
    } else port.sendEncoded(this.encodedBy(encoder))
  }

  /** What an encoder makes of it. */
  encodedBy(encoder: FrameEncoder): Uint8Array {
    // Sessions of one server nearly always have one encoder in common.
    if (this.#encoder === undefined) {
      this.#encoder = encoder
      this.#frame = encoder(this.payload, this.type)
    }
    return encoder === this.#encoder ? (this.#frame as Uint8Array) : this.#encodedByOther(encoder)
  }

  #encodedByOther(encoder: FrameEncoder): Uint8Array {
    this.#mixed = true
    this.#others ??= new Map()
    let frame = this.#others.get(encoder)
    if (frame === undefined) {
      frame = encoder(this.payload, this.type)
      this.#others.set(encoder, frame)
    }
    return frame
  }
}
