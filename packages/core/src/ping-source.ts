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
/** Multiples of it, modulo 1, spread any number of groups evenly. */
const GOLDEN_RATIO = 0.618034
const MOST_TOGETHER = 64
/** With few sessions a group is this part of them. */
const PARTS = 16

/** Makes the pings of all sessions. Those that leave together share one payload, which is never written to again. */
export class PingSource {
  readonly #clock: Clock
  #last: Ping | undefined
  #group = 0
  /** How many more sessions the group takes. */
  #room = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * When a new session is to be pinged for the first time: the part of the heartbeat's interval, from a half to one.
   *
   * Sessions that come one after the other lie side by side in memory, and cost less to ping one after the other than
   * scattered. The groups are small enough to be spread over the interval.
   * @param sessions how many others there are.
   */
  phase(sessions: number): number {
    if (this.#room === 0) {
      this.#group++
      this.#room = Math.min(MOST_TOGETHER, Math.ceil((sessions + 1) / PARTS))
    }
    this.#room--
    return ((this.#group * GOLDEN_RATIO) % 1) * 0.5 + 0.5
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
