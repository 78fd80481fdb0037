import { isAnswerTo, type Ping } from './ping-source.js'
import type { SocketPort } from './port.js'
import type { SessionEngine } from './session-engine.js'
import { type Scheduled, UNSCHEDULED } from './timing-wheel.js'

/** What liveness needs from its session. */
export interface LivenessOwner {
  /** Whether this side has stopped reading for a reason of its own, so that silence proves nothing. */
  readonly deaf: boolean
  /** Tells whether a peer that is behind has taken something since this was last asked. */
  hasProgressed(): boolean
  /** Called with the error for the deadline that has passed: the session is to end. */
  fail(code: Expiry): void
}

/** What liveness needs from the engine. */
export type LivenessEngine = Pick<SessionEngine, 'clock' | 'options' | 'pings' | 'tally'>

type Expiry = 'ES_ERR_HEARTBEAT' | 'ES_ERR_IDLE' | 'ES_ERR_MESSAGE_TIMEOUT'

const NEVER = Number.POSITIVE_INFINITY
/** Instead of a time. Times are whole milliseconds: a number with a fraction, and infinity, would be an object of its own. */
const NONE = -1

/** Every deadline of one session: ping and pong, idleness, the unfinished message, the closing handshake. */
export class Liveness implements Scheduled {
  dueTick = UNSCHEDULED
  next: Scheduled | undefined
  previous: Scheduled | undefined
  /** When something last came from the peer. */
  heardAt: number
  /** When a message last went either way. */
  messageAt: number
  /** When the message that is not complete began; negative when there is none. */
  unfinishedAt = NONE
  readonly #owner: LivenessOwner
  readonly #engine: LivenessEngine
  readonly #port: SocketPort
  #phase: 'open' | 'closing' | 'over' = 'open'
  /** When to ping next; negative for never. */
  #pingAt: number
  /** Since when an answer is waited for: to a ping, or to the close frame; negative for none. */
  #askedAt = NONE
  #suspect = false
  #pinged: Ping | undefined
  #rttMs: number | undefined

  /** @param phase when to ping for the first time, as a part of the heartbeat's interval. */
  constructor(owner: LivenessOwner, engine: LivenessEngine, port: SocketPort, phase: number) {
    this.#owner = owner
    this.#engine = engine
    this.#port = port
    const now = Math.floor(engine.clock.now())
    this.heardAt = now
    this.messageAt = now
    const interval = engine.options.heartbeatIntervalMs
    this.#pingAt = interval > 0 && port.capabilities.ping ? Math.floor(now + interval * phase) : NONE
  }

  /** The last round-trip time of a ping, in milliseconds. */
  get rttMs(): number | undefined {
    return this.#rttMs
  }

  /** When to look next. */
  get nextAt(): number {
    const { idleTimeoutMs, messageTimeoutMs, heartbeatTimeoutMs } = this.#engine.options
    let next = this.#pingAt < 0 ? NEVER : this.#pingAt
    if (this.#askedAt >= 0) next = Math.min(next, this.#askedAt + heartbeatTimeoutMs)
    if (idleTimeoutMs > 0) next = Math.min(next, this.messageAt + idleTimeoutMs)
    if (this.unfinishedAt >= 0 && messageTimeoutMs > 0) {
      next = Math.min(next, this.unfinishedAt + messageTimeoutMs)
    }
    return next
  }

  /** A whole message has come. */
  received(): void {
    this.messageAt = this.heardAt
    this.unfinishedAt = NONE
  }

  /** A message has begun, or is finished; tells whether its deadline begins now. */
  unfinished(pending: boolean, now: number): boolean {
    this.heardAt = now
    if (!pending) this.unfinishedAt = NONE
    if (!pending || this.unfinishedAt >= 0 || this.#phase !== 'open') return false
    this.unfinishedAt = now
    return true
  }

  /** From here on only the closing handshake has a deadline; nothing that the peer sends moves it. */
  closing(now: number): number {
    this.#phase = 'closing'
    this.#askedAt = now
    return now + this.#engine.options.closeTimeoutMs
  }

  /** A pong has come: if it is that of the last ping, the round trip is known. */
  answered(payload: Uint8Array): void {
    const ping = this.#pinged
    if (ping === undefined || !isAnswerTo(ping, payload)) return
    this.#pinged = undefined
    this.#rttMs = this.#engine.clock.now() - ping.sentAt
  }

  /** Reading goes on: the answer to a ping gets its whole time from here. */
  resumed(now: number): void {
    if (this.#phase === 'open' && this.#askedAt >= 0 && this.heardAt < this.#askedAt) this.#wait(now)
  }

  /** The connection is gone: no deadline is left, not even one that is being looked at. */
  end(): void {
    this.#phase = 'over'
  }

  check(now: number, late: boolean): number {
    const { closeTimeoutMs } = this.#engine.options
    if (this.#phase === 'open') this.#judge(now, late)
    else if (this.#phase === 'closing' && now - this.#askedAt >= closeTimeoutMs && !late) {
      this.#phase = 'over'
      this.#port.terminate()
    }
    // What was decided above may have brought the session a phase further.
    if (this.#phase === 'open') return this.nextAt
    return this.#phase === 'closing' ? this.#askedAt + closeTimeoutMs : NEVER
  }

  #judge(now: number, late: boolean): void {
    const expired = this.#expiredBy(now, late)
    if (expired === 'ES_ERR_HEARTBEAT') this.#engine.tally.heartbeatTimeouts++
    if (expired !== undefined) this.#owner.fail(expired)
    else if (this.#pingAt >= 0 && now >= this.#pingAt) this.#ping(now)
  }

  #expiredBy(now: number, late: boolean): Expiry | undefined {
    if (this.#isGone(now, late)) return 'ES_ERR_HEARTBEAT'
    const { idleTimeoutMs, messageTimeoutMs } = this.#engine.options
    // After a stall the messages of that time are still to be read: the next look decides.
    if (idleTimeoutMs > 0 && now - this.messageAt >= idleTimeoutMs && !late) return 'ES_ERR_IDLE'
    if (this.unfinishedAt < 0 || messageTimeoutMs === 0) return undefined
    // What this side does not read cannot be finished by the other.
    if (this.#owner.deaf || late) this.unfinishedAt = now
    return now - this.unfinishedAt >= messageTimeoutMs ? 'ES_ERR_MESSAGE_TIMEOUT' : undefined
  }

  #ping(now: number): void {
    const { heartbeatIntervalMs } = this.#engine.options
    // From when it was due, so that what a tick is late does not add up.
    this.#pingAt = (now - this.#pingAt < heartbeatIntervalMs ? this.#pingAt : now) + heartbeatIntervalMs
    // Silence counts from the first ping that was not answered; later ones keep proxies awake, no more.
    if (this.#askedAt < 0) {
      this.#askedAt = now
      this.#owner.hasProgressed()
    }
    this.#pinged = this.#engine.pings.next()
    this.#engine.tally.pings++
    this.#port.ping(this.#pinged.payload)
  }

  #wait(since: number): void {
    this.#askedAt = since
    this.#suspect = false
  }

  // A peer that is silent too long is looked at twice: only when a whole turn of an event loop that was not held up
  // has brought nothing either is it gone.
  #isGone(now: number, late: boolean): boolean {
    if (this.#askedAt < 0) return false
    if (this.heardAt >= this.#askedAt) {
      this.#wait(NONE)
      return false
    }
    if (now - this.#askedAt < this.#engine.options.heartbeatTimeoutMs) return false
    if (this.#owner.deaf || this.#owner.hasProgressed()) {
      this.#wait(now)
      return false
    }
    if (!late && this.#suspect) return true
    this.#suspect = true
    return false
  }
}
