import { Admission, type Attempt } from './admission.js'
import { type Audience, type Selection, type SendOptions, SessionAudience } from './audience.js'
import { BroadcastBatch } from './broadcast-batch.js'
import { Capacity } from './capacity.js'
import { type Clock, systemClock } from './clock.js'
import type { CloseEvent } from './close.js'
import type { AnySessionDefinition } from './define-session.js'
import { Drain, type DrainOptions, type DrainReport, resolveDrainOptions } from './drain.js'
import type { EchoSession } from './echo-session.js'
import { describe, ERRORS, type ErrorCode, type ErrorRow } from './errors.js'
import { HandlerCalls } from './handler-calls.js'
import { checkRequest } from './handshake.js'
import { LiveSession } from './live-session.js'
import type { MessageData } from './message.js'
import {
  type Counters,
  createCounters,
  type HandlerPhase,
  type Observer,
  Observers,
  type RejectEvent,
} from './observer.js'
import { type ResolvedOptions, resolveOptions, type SessionsOptions } from './options.js'
import { PingSource } from './ping-source.js'
import type { SocketSink } from './port.js'
import type { Presence } from './presence.js'
import { type Refusal, refuse, retryLater } from './refusal.js'
import { RelayHub } from './relay-hub.js'
import { RoomPresence } from './room-presence.js'
import { Roster } from './roster.js'
import type { AdmissionEngine, SessionEngine } from './session-engine.js'
import type { SessionOpening } from './session-facts.js'
import { type RequestSource, SessionRequest } from './session-request.js'
import type { Sessions } from './sessions.js'
import type { SharedMessage } from './shared-message.js'
import { TimingWheel } from './timing-wheel.js'

// Fine enough for the shortest deadline, coarse enough to cost nothing.
function tickFor(options: ResolvedOptions): number {
  const deadlines = [
    options.heartbeatIntervalMs,
    options.heartbeatTimeoutMs,
    options.idleTimeoutMs,
    options.messageTimeoutMs,
    options.closeTimeoutMs,
  ].filter((ms) => ms > 0)
  return Math.min(250, Math.max(5, Math.min(...deadlines) / 16))
}

/** Everything that sessions of one server share. */
export class Engine implements Sessions, SessionEngine, AdmissionEngine {
  readonly options: ResolvedOptions
  readonly clock: Clock
  readonly wheel: TimingWheel
  readonly capacity: Capacity
  readonly observers = new Observers()
  readonly pending = new Set<Admission>()
  readonly live = new Set<LiveSession>()
  readonly publisher: RelayHub | undefined
  readonly roster: Roster
  readonly tally = createCounters()
  readonly batch = new BroadcastBatch(this.tally)
  readonly pings: PingSource
  readonly #calls = new WeakMap<AnySessionDefinition, HandlerCalls>()
  #presence: RoomPresence | undefined
  #checked: RequestSource | undefined
  #nextId = 1
  #unsettled = 0
  #drain: Drain | undefined
  #report: Promise<DrainReport> | undefined

  constructor(options: SessionsOptions) {
    this.options = resolveOptions(options)
    this.clock = this.options.clock ?? systemClock
    this.pings = new PingSource(this.clock)
    this.capacity = new Capacity(this.options.maxConnections, this.options.maxConnectionsPerKey)
    this.wheel = new TimingWheel(this.clock, tickFor(this.options), (lagMs) =>
      this.observers.tell('onLag', lagMs),
    )
    if (this.options.observer !== undefined) this.observers.add(this.options.observer)
    const { relay, maxRoomNameLength } = this.options
    this.publisher = relay && new RelayHub(this, relay)
    this.roster = new Roster(maxRoomNameLength, this.publisher, this.batch)
  }

  get size(): number {
    return this.live.size
  }

  get rooms(): readonly string[] {
    return this.roster.names
  }

  to(...rooms: readonly string[]): Audience {
    return SessionAudience.of(this, rooms)
  }

  everyone(): Audience {
    return new SessionAudience(this, { rooms: undefined, exceptRooms: [] })
  }

  broadcast(data: MessageData, options?: SendOptions): number {
    return this.everyone().send(data, options)
  }

  deliver(selection: Selection, message: SharedMessage, key: string | undefined): void {
    new SessionAudience(this, selection).deliver(message, key)
  }

  get presence(): Presence {
    if (this.#presence === undefined) {
      this.#presence = new RoomPresence(this)
      if (this.draining) this.#presence.goodbye()
    }
    return this.#presence
  }

  get draining(): boolean {
    return this.#drain !== undefined
  }

  get unsettled(): number {
    return this.#unsettled
  }

  counters(): Counters {
    let bufferedBytes = 0
    let rtt = 0
    let measured = 0
    for (const session of this.live) {
      bufferedBytes += session.bufferedBytes
      if (session.rttMs === undefined) continue
      rtt += session.rttMs
      measured++
    }
    return {
      ...this.tally,
      closedByCode: { ...this.tally.closedByCode },
      rejectedByCode: { ...this.tally.rejectedByCode },
      active: this.live.size,
      pending: this.pending.size,
      bufferedBytes,
      relayQueuedBytes: this.publisher?.queuedBytes ?? 0,
      rttMs: measured === 0 ? 0 : rtt / measured,
    }
  }

  observe(observer: Observer): () => void {
    return this.observers.add(observer)
  }

  admit(definition: AnySessionDefinition, source: RequestSource, context?: unknown): Attempt {
    return new Admission(this, definition, source, context)
  }

  check(source: RequestSource): Refusal | undefined {
    const refusal = checkRequest(source)
    if (refusal === undefined) this.#checked = source
    else this.#refusedEarly(source, refusal)
    return refusal
  }

  takeChecked(source: RequestSource): boolean {
    const has = this.#checked === source
    this.#checked = undefined
    return has
  }

  refuse(source: RequestSource, code: ErrorCode): Refusal {
    const row: ErrorRow = ERRORS[code]
    const refusal = row.status === 503 ? retryLater(code, this.options.retryAfterMs) : refuse(code)
    this.#refusedEarly(source, refusal)
    return refusal
  }

  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const resolved = resolveDrainOptions(options, this.options)
    if (this.#drain === undefined) {
      // Set before it begins: from the first goodbye on, everything that happens belongs to it.
      this.#drain = new Drain(this, resolved)
      this.#report = this.#closeRelay(this.#drain.report)
      this.#presence?.goodbye()
      this.#drain.begin()
    }
    return this.#report as Promise<DrainReport>
  }

  // Last of all: what handlers say to the end is still relayed.
  async #closeRelay(draining: Promise<DrainReport>): Promise<DrainReport> {
    const report = await draining
    this.#presence?.close()
    await this.publisher?.close()
    return report
  }

  [Symbol.iterator](): Iterator<EchoSession> {
    return [...this.live][Symbol.iterator]()
  }

  callsOf(definition: AnySessionDefinition): HandlerCalls {
    let calls = this.#calls.get(definition)
    if (calls === undefined) {
      calls = new HandlerCalls(this, definition)
      this.#calls.set(definition, calls)
    }
    return calls
  }

  opened(attempt: Admission, opening: SessionOpening): { readonly sink: SocketSink; start(): void } {
    this.pending.delete(attempt)
    const session = new LiveSession(this, this.#nextId++, opening)
    this.batch.settle()
    this.live.add(session)
    this.#unsettled++
    this.tally.opened++
    const start = () => {
      session.start()
      this.#drain?.late(session)
    }
    return { sink: session, start }
  }

  started(session: LiveSession): void {
    this.observers.tell('onOpen', session)
  }

  refused(attempt: Admission, event: RejectEvent): void {
    this.pending.delete(attempt)
    this.#countRefusal(event)
    this.#drain?.check()
  }

  #refusedEarly(source: RequestSource, { code, status }: Refusal): void {
    const { path, remoteAddress } = new SessionRequest(source, this.options.trustedProxyHops)
    this.#countRefusal({ code, status, path, remoteAddress })
  }

  #countRefusal(event: RejectEvent): void {
    this.tally.rejected++
    this.tally.rejectedByCode[event.code] = (this.tally.rejectedByCode[event.code] ?? 0) + 1
    this.observers.tell('onReject', event)
  }

  authorizeFailed(error: unknown): void {
    this.tally.handlerErrors++
    this.observers.tell('onError', error, 'authorize', undefined)
    this.reportUnheard(error, 'authorize')
  }

  disconnected(session: LiveSession, key: string, event: CloseEvent): void {
    this.capacity.release(key)
    this.live.delete(session)
    this.tally.closed++
    this.tally.closedByCode[event.code] = (this.tally.closedByCode[event.code] ?? 0) + 1
    this.observers.tell('onClose', session, event)
    this.#drain?.gone(event.clean)
  }

  ended(): void {
    this.#unsettled--
    this.#drain?.check()
  }

  reportUnheard(error: unknown, phase: HandlerPhase): void {
    // Like an unhandled rejection, an error that nobody asked to hear of is still said once.
    if (this.observers.hearErrors) return
    try {
      console.error(`EchoSession: ${phase} failed:`, error)
    } catch {
      // A getter of what was thrown has thrown in turn.
      console.error(`EchoSession: ${phase} failed: ${describe(error)}`)
    }
  }
}
