import type { ResolvedOptions } from './options.js'
import type { Scheduled } from './timing-wheel.js'

/** What liveness needs from its session. */
export interface LivenessOwner {
  /** Whether this side has stopped reading, so that silence proves nothing. */
  readonly paused: boolean
  /** Whether the transport can ping. */
  readonly canPing: boolean
  /** Sends a ping. */
  sendPing(): void
  /** Called with the deadline that has passed. */
  expired(deadline: 'heartbeat' | 'idle' | 'message' | 'close'): void
}

const NEVER = Number.POSITIVE_INFINITY
const NONE = -1

/** Every deadline of one session: ping and pong, idleness, the unfinished message, the closing handshake. */
export class Liveness implements Scheduled {
  dueAt = NEVER
  /** When something last came from the peer. */
  heardAt: number
  /** When a message last went either way. */
  messageAt: number
  /** When the message that is not complete began; negative when there is none. */
  unfinishedAt = NONE
  readonly #owner: LivenessOwner
  readonly #options: ResolvedOptions
  #pingAt: number
  #pingedAt = NONE
  #suspect = false
  #closeBy = NEVER

  /** @param phase from 0 to 1: where in the heartbeat's interval this session's pings fall. */
  constructor(owner: LivenessOwner, options: ResolvedOptions, now: number, phase: number) {
    this.#owner = owner
    this.#options = options
    this.heardAt = now
    this.messageAt = now
    const interval = options.heartbeatIntervalMs
    this.#pingAt = interval > 0 && owner.canPing ? now + interval * phase : NEVER
  }

  /** When to look first. */
  get firstCheckAt(): number {
    return this.#next()
  }

  /** From here on only the closing handshake has a deadline; nothing that the peer sends moves it. */
  closing(now: number): number {
    this.#closeBy = now + this.#options.closeTimeoutMs
    return this.#closeBy
  }

  check(now: number, late: boolean): number {
    if (this.#closeBy !== NEVER) {
      if (now < this.#closeBy) return this.#closeBy
      this.#owner.expired('close')
      return NEVER
    }
    if (this.#isSilent(now, late)) return NEVER
    const { idleTimeoutMs, messageTimeoutMs, heartbeatIntervalMs } = this.#options
    if (idleTimeoutMs > 0 && now - this.messageAt >= idleTimeoutMs) {
      this.#owner.expired('idle')
      return this.#closeBy
    }
    if (this.unfinishedAt >= 0 && messageTimeoutMs > 0) {
      // What this side does not read cannot be finished by the other.
      if (this.#owner.paused || late) this.unfinishedAt = now
      else if (now - this.unfinishedAt >= messageTimeoutMs) {
        this.#owner.expired('message')
        return this.#closeBy
      }
    }
    if (now >= this.#pingAt && this.#pingedAt < 0) {
      this.#pingAt = now + heartbeatIntervalMs
      this.#pingedAt = now
      this.#owner.sendPing()
    }
    return this.#next()
  }

  // A peer that is silent too long is looked at twice: only when a whole turn of an event loop that was not held up
  // has brought nothing either is it gone.
  #isSilent(now: number, late: boolean): boolean {
    if (this.#pingedAt < 0) return false
    if (this.heardAt >= this.#pingedAt) {
      this.#pingedAt = NONE
      this.#suspect = false
      return false
    }
    if (this.#owner.paused) {
      this.#pingedAt = now
      this.#suspect = false
      return false
    }
    if (now - this.#pingedAt < this.#options.heartbeatTimeoutMs) return false
    if (late || !this.#suspect) {
      this.#suspect = true
      return false
    }
    this.#owner.expired('heartbeat')
    return true
  }

  #next(): number {
    const { idleTimeoutMs, messageTimeoutMs, heartbeatTimeoutMs } = this.#options
    let next = this.#pingedAt >= 0 ? this.#pingedAt + heartbeatTimeoutMs : this.#pingAt
    if (idleTimeoutMs > 0) next = Math.min(next, this.messageAt + idleTimeoutMs)
    if (this.unfinishedAt >= 0 && messageTimeoutMs > 0)
      next = Math.min(next, this.unfinishedAt + messageTimeoutMs)
    return next
  }
}
