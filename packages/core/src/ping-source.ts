import type { Clock } from './clock.js'

/** A ping on its way: what tells its pong from others, and when it left. */
export interface Ping {
  readonly id: number
  readonly payload: Uint8Array
  readonly sentAt: number
}

const PAYLOAD_BYTES = 4
/** Pings that leave so close together are one: the round-trip time is no less exact, and nothing is made for each. */
const SHARED_MS = 1

/** Makes the pings of all sessions. Those that leave together share one payload, which is never written to again. */
export class PingSource {
  readonly #clock: Clock
  #last: Ping | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The ping to send now. */
  next(): Ping {
    const now = this.#clock.now()
    if (this.#last !== undefined && now - this.#last.sentAt < SHARED_MS) return this.#last
    const id = ((this.#last?.id ?? 0) + 1) >>> 0
    const payload = new Uint8Array(PAYLOAD_BYTES)
    new DataView(payload.buffer).setUint32(0, id)
    this.#last = { id, payload, sentAt: now }
    return this.#last
  }
}

/** Tells whether a pong's payload is the answer to a ping (RFC 6455 section 5.5.3). */
export function isAnswerTo(ping: Ping, payload: Uint8Array): boolean {
  return payload.byteLength === PAYLOAD_BYTES && payload.every((byte, index) => byte === ping.payload[index])
}
