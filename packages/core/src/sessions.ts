import type { Attempt } from './admission.js'
import type { Audience, SendOptions } from './audience.js'
import type { SessionDefinition } from './define-session.js'
import type { DrainOptions, DrainReport } from './drain.js'
import type { EchoSession } from './echo-session.js'
import { Engine } from './engine.js'
import type { ErrorCode } from './errors.js'
import type { MessageData } from './message.js'
import type { Counters, Observer } from './observer.js'
import type { ResolvedOptions, SessionsOptions } from './options.js'
import type { Presence } from './presence.js'
import type { Refusal } from './refusal.js'
import type { RequestSource } from './session-request.js'

/** All sessions of a server: one set of limits, one clock, one shutdown, whatever hosts and routes they came by. */
export interface Sessions extends Iterable<EchoSession> {
  /** The options with every default filled in. */
  readonly options: ResolvedOptions
  /** Sessions open now. */
  readonly size: number
  /** Whether `drain` was called. */
  readonly draining: boolean
  /** Counts and gauges as of now. */
  counters(): Counters
  /** The names of the rooms that a session of this process is in. */
  readonly rooms: readonly string[]
  /**
   * Everyone in these rooms, nobody twice.
   * @throws {@link EchoSessionError} with `ES_ERR_ROOM` for what cannot be a room's name, none at all, or more than 64.
   */
  to(...rooms: readonly string[]): Audience
  /** Every session, in whatever rooms. */
  everyone(): Audience
  /**
   * Sends one message to every session: short for `everyone().send`.
   * @returns how many sessions of this process it went to.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE`.
   */
  broadcast(data: MessageData, options?: SendOptions): number
  /** Who is in which room, over all processes. */
  readonly presence: Presence
  /** Adds an observer; the function returned takes it away again. */
  observe(observer: Observer): () => void
  /**
   * Decides on an upgrade request. For transports; an adapter's `upgrade` calls it.
   * @param context becomes `session.context`.
   */
  admit<Context>(
    definition: SessionDefinition<unknown, Context>,
    source: RequestSource,
    context?: Context,
  ): Attempt
  /**
   * Checks what can be checked before any route is known: target, host, method, version of HTTP. For transports.
   * @returns the refusal, counted and told to the observers, or undefined when there is nothing wrong.
   */
  check(source: RequestSource): Refusal | undefined
  /** Refuses a request that never reached a handler; counted and told to the observers. For transports. */
  refuse(source: RequestSource, code: ErrorCode): Refusal
  /**
   * Shuts down: refuses new handshakes with 503, refuses pending ones, closes every session, waits for peers and
   * handlers until the deadline, then cuts what is left. A second call returns the first one's report.
   * @throws TypeError with `ES_ERR_CLOSE_ARGUMENT`, {@link EchoSessionError} with `ES_ERR_OPTION`.
   */
  drain(options?: DrainOptions): Promise<DrainReport>
}

/**
 * Makes the engine that one server's adapters share.
 * @example
 * ```ts
 * import { createSessions } from '@echosession/core'
 *
 * const sessions = createSessions({ maxConnections: 1_000, heartbeatIntervalMs: 15_000 })
 * process.once('SIGTERM', () => void sessions.drain())
 * ```
 * @throws {@link EchoSessionError} with `ES_ERR_OPTION` for an unknown, wrong or out-of-range option.
 */
export function createSessions(options: SessionsOptions = {}): Sessions {
  return new Engine(options)
}
