import { Buffer } from 'node:buffer'
import type { WebSocketServer } from 'ws'
import { LaneStream } from './lane-stream.js'
import { replayed } from './replayed-request.js'

const EXTENSIONS = /^sec-websocket-extensions:\s*/i
const EMPTY = Buffer.alloc(0)
const NOBODY = { writeThrough() {}, endThrough() {}, terminate() {} }
/** Clients of one kind offer the same, and there are not many kinds. */
const MAX_KNOWN = 64
const MAX_KNOWN_LENGTH = 256

/** What comes of an offer: what is agreed on, empty for nothing; undefined when `ws` refuses it. */
type Terms = string | undefined

/** What `ws` makes of the extensions that clients offer (RFC 7692 section 7.1), which is asked once for each offer. */
export class DeflateTerms {
  readonly #server: WebSocketServer
  readonly #known = new Map<string, Terms>()

  constructor(server: WebSocketServer) {
    this.#server = server
  }

  /** What comes of this offer. */
  of(offer: string): Terms {
    if (this.#known.has(offer)) return this.#known.get(offer)
    const terms = this.#ask(offer)
    if (this.#known.size === MAX_KNOWN) this.#known.clear()
    if (offer.length <= MAX_KNOWN_LENGTH) this.#known.set(offer, terms)
    return terms
  }

  #ask(offer: string): Terms {
    let terms: Terms
    const hear = (headers: readonly string[]) => {
      terms = headers.find((header) => EXTENSIONS.test(header))?.replace(EXTENSIONS, '') ?? ''
    }
    this.#server.once('headers', hear)
    this.#server.handleUpgrade(replayed(offer), new LaneStream(NOBODY), EMPTY, () => {})
    this.#server.off('headers', hear)
    return terms
  }
}
