import type { Admission } from './admission.js'
import type { Clock, TimerHandle } from './clock.js'
import { checkCloseArguments } from './close.js'
import type { LiveSession } from './live-session.js'
import { checkOptionNames, optionError, type ResolvedOptions } from './options.js'

/** How `drain` says goodbye. */
export interface DrainOptions {
  /** How long to wait for peers and handlers, in milliseconds; 0 for not at all, `drainTimeoutMs` by default. */
  readonly timeoutMs?: number
  /** The close code: 1001 (going away, the default) or 1012 (service restart). */
  readonly code?: number
  /** The close reason, cut at 123 bytes of UTF-8; `server is shutting down` by default. */
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

/** A day, as for every other delay. */
const MAX_TIMEOUT_MS = 86_400_000
/** The time between two batches of close frames, and the time in which transports report what was cut. */
const BATCH_MS = 10
/** The fewest that are worth a batch. */
const BATCH = 100

interface ResolvedDrain {
  readonly timeoutMs: number
  readonly spreadMs: number
  readonly code: number
  readonly reason: string
}

/**
 * Fills in the defaults.
 * @throws TypeError with `ES_ERR_CLOSE_ARGUMENT`, {@link EchoSessionError} with `ES_ERR_OPTION`.
 */
export function resolveDrainOptions(options: DrainOptions, settings: ResolvedOptions): ResolvedDrain {
  checkOptionNames(options, ['timeoutMs', 'code', 'reason'])
  const { timeoutMs = settings.drainTimeoutMs, code = 1001, reason = 'server is shutting down' } = options
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw optionError('timeoutMs', timeoutMs, `milliseconds from 0 to ${MAX_TIMEOUT_MS}`)
  }
  checkCloseArguments(code, reason)
  return { timeoutMs, spreadMs: Math.min(settings.drainSpreadMs, timeoutMs / 2), code, reason }
}

/** One shutdown under way. The engine tells it of every session that goes. */
export class Drain {
  readonly report: Promise<DrainReport>
  readonly #target: DrainTarget
  readonly #options: ResolvedDrain
  readonly #startedAt: number
  #deadline: TimerHandle | undefined
  #nextBatch: TimerHandle | undefined
  #aborted = 0
  #closed = 0
  #cut = 0
  #begun = false
  #over = false
  #resolve: (report: DrainReport) => void = () => {}

  constructor(target: DrainTarget, options: ResolvedDrain) {
    this.#target = target
    this.#options = options
    this.#startedAt = target.clock.now()
    this.report = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Refuses what is pending, and says goodbye to the first. */
  begin(): void {
    const { timeoutMs, spreadMs } = this.#options
    // The report is promised: the process may not end before, though nothing but a handler is left of it.
    this.#deadline = this.#target.clock.setTimeout(() => this.#giveUp(), timeoutMs, true)
    for (const attempt of [...this.#target.pending]) if (attempt.drain()) this.#aborted++
    const waiting = [...this.#target.live]
    this.#closeSome(
      waiting,
      Math.max(BATCH, Math.ceil((waiting.length * BATCH_MS) / Math.max(spreadMs, BATCH_MS))),
    )
    this.#begun = true
    this.check()
  }

  /** Says goodbye to a session that opened while the drain was under way. */
  late(session: LiveSession): void {
    session.close(this.#options.code, this.#options.reason)
  }

  /** A session's connection is gone. */
  gone(clean: boolean): void {
    if (clean) this.#closed++
    else this.#cut++
  }

  /** Looks whether everything is over. */
  check(): void {
    if (this.#begun && this.#target.unsettled === 0 && this.#target.pending.size === 0) this.#finish()
  }

  #closeSome(waiting: LiveSession[], batch: number): void {
    this.#nextBatch = undefined
    for (const session of waiting.splice(0, batch)) this.late(session)
    if (waiting.length > 0) {
      this.#nextBatch = this.#target.clock.setTimeout(() => this.#closeSome(waiting, batch), BATCH_MS)
    }
  }

  #giveUp(): void {
    this.#stopBatches()
    for (const session of [...this.#target.live]) session.terminate()
    // The transports report the end of what was cut a turn later.
    this.#deadline = this.#target.clock.setTimeout(() => this.#finish(), BATCH_MS, true)
  }

  #stopBatches(): void {
    if (this.#nextBatch !== undefined) this.#target.clock.clearTimeout(this.#nextBatch)
    this.#nextBatch = undefined
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#stopBatches()
    this.#target.clock.clearTimeout(this.#deadline)
    this.#resolve({
      closed: this.#closed,
      cut: this.#cut + this.#target.live.size,
      aborted: this.#aborted,
      abandonedHandlers: this.#target.unsettled,
      durationMs: this.#target.clock.now() - this.#startedAt,
    })
  }
}
