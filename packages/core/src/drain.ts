import type { Admission } from './admission.js'
import type { Clock } from './clock.js'
import { checkCloseArguments } from './close.js'
import type { LiveSession } from './live-session.js'

/** How `drain` says goodbye. */
export interface DrainOptions {
  /** How long to wait for peers and handlers, in milliseconds; `drainTimeoutMs` by default. */
  readonly timeoutMs?: number
  /** The close code: 1001 (going away, the default) or 1012 (service restart). */
  readonly code?: number
  /** The close reason. */
  readonly reason?: string
}

/** What `drain` did. */
export interface DrainReport {
  /** Sessions that finished the closing handshake. */
  readonly closed: number
  /** Sessions that were cut because they did not in time. */
  readonly cut: number
  /** Handshakes that were refused half-way. */
  readonly aborted: number
  /** Handlers that had not returned when the time was up. */
  readonly abandonedHandlers: number
  /** How long it took, in milliseconds. */
  readonly durationMs: number
}

/** What draining needs from the engine. */
export interface DrainTarget {
  readonly clock: Clock
  readonly live: ReadonlySet<LiveSession>
  readonly pending: ReadonlySet<Admission>
  /** Sessions whose handlers have not all returned, live ones included. */
  readonly unsettled: number
}

const BATCH_MS = 10

/** One shutdown under way. The engine tells it of every session that goes. */
export class Drain {
  readonly report: Promise<DrainReport>
  readonly #target: DrainTarget
  readonly #code: number
  readonly #reason: string
  readonly #startedAt: number
  readonly #deadline: unknown
  readonly #aborted: number
  #closed = 0
  #cut = 0
  #over = false
  #resolve: (report: DrainReport) => void = () => {}

  /** @throws TypeError with `ES_ERR_CLOSE_ARGUMENT`. */
  constructor(target: DrainTarget, options: Required<DrainOptions>, spreadMs: number) {
    checkCloseArguments(options.code, options.reason)
    this.#target = target
    this.#code = options.code
    this.#reason = options.reason
    this.#startedAt = target.clock.now()
    this.report = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#aborted = [...target.pending].filter((attempt) => attempt.drain()).length
    this.#deadline = target.clock.setTimeout(() => this.#giveUp(), options.timeoutMs)
    const waiting = [...target.live]
    const spread = Math.min(spreadMs, options.timeoutMs / 2)
    this.#closeSome(
      waiting,
      Math.max(100, Math.ceil((waiting.length * BATCH_MS) / Math.max(spread, BATCH_MS))),
    )
    this.check()
  }

  /** Says goodbye to a session that opened while the drain was under way. */
  late(session: LiveSession): void {
    session.close(this.#code, this.#reason)
  }

  /** A session's connection is gone. */
  gone(clean: boolean): void {
    if (clean) this.#closed++
    else this.#cut++
  }

  /** Looks whether everything is over. */
  check(): void {
    if (this.#target.unsettled === 0 && this.#target.pending.size === 0) this.#finish()
  }

  #closeSome(waiting: LiveSession[], batch: number): void {
    for (const session of waiting.splice(0, batch)) session.close(this.#code, this.#reason)
    if (waiting.length > 0 && !this.#over) {
      this.#target.clock.setTimeout(() => this.#closeSome(waiting, batch), BATCH_MS)
    }
  }

  #giveUp(): void {
    for (const session of [...this.#target.live]) session.terminate()
    // The transports report the end of what was cut a turn later.
    this.#target.clock.setTimeout(() => this.#finish(), BATCH_MS)
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#target.clock.clearTimeout(this.#deadline)
    this.#resolve({
      closed: this.#closed,
      cut: this.#cut,
      aborted: this.#aborted,
      abandonedHandlers: this.#target.unsettled,
      durationMs: this.#target.clock.now() - this.#startedAt,
    })
  }
}
