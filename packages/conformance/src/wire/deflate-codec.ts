import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { BufferCache } from './buffer-cache.js'
import type { DeflateAgreement } from './deflate.js'

const SYNC_TAIL = Buffer.from([0, 0, 0xff, 0xff])
const NOTHING = Buffer.alloc(0)
const WINDOW_BYTES = 32_768
const MIN_CHUNK_BYTES = 1024
const MAX_CHUNK_BYTES = 262_144

/** Room for every compressed form of the largest sequence of messages that several cases send. */
const shared = new BufferCache(160 * 1024 * 1024)
/** As much for the compressed forms in which they have come back. */
const echoes = new BufferCache(160 * 1024 * 1024)

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** What one direction of a connection was agreed to be. */
class Direction {
  readonly windowBits: number
  readonly resets: boolean
  /** The last bytes that went this way before compression: what the next message may refer to. */
  window: Buffer = NOTHING

  constructor(windowBits: number, resets: boolean) {
    this.windowBits = windowBits
    this.resets = resets
  }

  /** Options of zlib that hold for both ways; zlib has no raw window of 256 bytes. */
  options(chunkBytes: number) {
    return {
      windowBits: Math.max(this.windowBits, 9),
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.min(Math.max(chunkBytes, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES),
      ...(this.window.length === 0 ? {} : { dictionary: this.window }),
    }
  }

  /** Takes note of a message that went this way. */
  passed(message: Uint8Array): void {
    if (this.resets) return
    const tail = asBuffer(message).subarray(-WINDOW_BYTES)
    this.window =
      tail.length === WINDOW_BYTES ? tail : Buffer.concat([this.window, tail]).subarray(-WINDOW_BYTES)
  }
}

/**
 * Compresses and decompresses the messages of one connection (RFC 7692 section 7.2).
 *
 * Each message is one call of zlib without a stream: what a stream would remember of earlier messages is its window,
 * and that is given as the dictionary. A stream would hand every message to a thread and back, which takes longer than
 * the work itself.
 */
export class DeflateCodec {
  readonly #own: Direction
  readonly #other: Direction
  /** What was sent last with a label. */
  #sent: { readonly payload: Buffer; readonly label: string } | undefined
  /** Whether all that has come so far was, one after the other, what had been sent with a label just before. */
  #isEcho = true

  /**
   * @param role - which end this is
   * @param agreement - what both ends agreed on
   */
  constructor(role: 'client' | 'server', agreement: DeflateAgreement) {
    const client = new Direction(agreement.clientMaxWindowBits, agreement.clientNoContextTakeover)
    const server = new Direction(agreement.serverMaxWindowBits, agreement.serverNoContextTakeover)
    this.#own = role === 'client' ? client : server
    this.#other = role === 'client' ? server : client
  }

  /**
   * Compresses one message and takes the four bytes off its end that every message would carry.
   *
   * @param label - names the message and all that were sent before it, so that cases which send the same compress it once
   */
  compress(payload: Uint8Array, label?: string): Buffer {
    const { windowBits, resets } = this.#own
    const make = () => this.#compress(payload)
    this.#sent = label === undefined ? undefined : { payload: asBuffer(payload), label }
    const output = label === undefined ? make() : shared.get(`${label} ${windowBits} ${resets}`, make)
    this.#own.passed(payload)
    return output
  }

  #compress(payload: Uint8Array): Buffer {
    const output = deflateRawSync(payload, {
      ...this.#own.options(payload.length),
      level: constants.Z_BEST_SPEED,
      // Without back references there is no window to exceed, not even one of 256 bytes.
      strategy: this.#own.windowBits === 8 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
    })
    // Copied, so that what is kept is no larger than it has to be.
    return Buffer.from(output.subarray(0, output.length - SYNC_TAIL.length))
  }

  /**
   * Decompresses one message. An echo that has come in the same bytes to another case, after the same messages, is known:
   * the same bytes mean the same.
   *
   * @throws Error when the bytes are not what the agreed parameters allow
   */
  decompress(payload: Uint8Array): Buffer {
    const sent = this.#isEcho ? this.#sent : undefined
    this.#sent = undefined
    const { windowBits, resets } = this.#other
    const name = `${sent?.label} ${windowBits} ${resets}`
    const isKnown = sent !== undefined && echoes.find(name)?.equals(payload) === true
    const output = isKnown ? sent.payload : this.#decompress(payload)
    this.#isEcho = sent !== undefined && output.equals(sent.payload)
    if (this.#isEcho && !isKnown) echoes.get(name, () => Buffer.from(payload))
    this.#other.passed(output)
    return output
  }

  #decompress(payload: Uint8Array): Buffer {
    return inflateRawSync(Buffer.concat([payload, SYNC_TAIL]), this.#other.options(4 * payload.length))
  }
}
