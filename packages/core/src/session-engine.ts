import type { Admission } from './admission.js'
import type { AudienceEngine } from './audience.js'
import type { Capacity } from './capacity.js'
import type { Clock } from './clock.js'
import type { CloseEvent } from './close.js'
import type { AnySessionDefinition } from './define-session.js'
import type { HandlerCalls } from './handler-calls.js'
import type { LiveSession } from './live-session.js'
import type { Counters, HandlerPhase, Observers, RejectEvent } from './observer.js'
import type { ResolvedOptions } from './options.js'
import type { PingSource } from './ping-source.js'
import type { SocketSink } from './port.js'
import type { SessionOpening } from './session-facts.js'
import type { RequestSource } from './session-request.js'
import type { TimingWheel } from './timing-wheel.js'

/** What every session shares: the engine as a session sees it. */
export interface SessionEngine extends AudienceEngine {
  readonly options: ResolvedOptions
  readonly clock: Clock
  readonly wheel: TimingWheel
  /** The running counts. */
  readonly tally: Counters
  readonly observers: Observers
  readonly pings: PingSource
  /** The session's first handler call is about to be made. */
  started(session: LiveSession): void
  /** The session's connection is gone, and the place that it held under this key free. */
  disconnected(session: LiveSession, key: string, event: CloseEvent): void
  /** A session's last handler call has returned. */
  ended(): void
  /** Says an error out loud that nobody listens to. */
  reportUnheard(error: unknown, phase: HandlerPhase): void
}

/** The engine as an admission sees it. */
export interface AdmissionEngine {
  readonly options: ResolvedOptions
  readonly clock: Clock
  readonly capacity: Capacity
  readonly draining: boolean
  /** The attempts that hold a place and are not open yet. */
  readonly pending: Set<Admission>
  /** Tells whether this is the request that `check` passed last, mostly the next to be admitted, and forgets that one. */
  takeChecked(source: RequestSource): boolean
  /** The calls of a definition's handler, the same for all its sessions. */
  callsOf(definition: AnySessionDefinition): HandlerCalls
  /** An attempt has become a session. */
  opened(attempt: Admission, opening: SessionOpening): { readonly sink: SocketSink; start(): void }
  /** An attempt was refused or given up. */
  refused(attempt: Admission, event: RejectEvent): void
  /** `authorize` threw. */
  authorizeFailed(error: unknown): void
}
