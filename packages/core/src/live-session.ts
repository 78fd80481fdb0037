import { type Audience, readKey, type SendOptions, SessionAudience } from './audience.js'
import { type CloseEvent, checkCloseArguments, closeEvent, cutReason } from './close.js'
import type { EchoSession, SessionState } from './echo-session.js'
import { EchoSessionError, ERRORS, type ErrorCode, type ErrorRow } from './errors.js'
import type { CallingSession, HandlerCalls } from './handler-calls.js'
import { Inbox, type InboxOwner } from './inbox.js'
import { Liveness, type LivenessOwner } from './liveness.js'
import { Membership } from './membership.js'
import { Message, type MessageData, type MessageType } from './message.js'
import { Outbox, type OutboxOwner } from './outbox.js'
import type { SocketPort, SocketSink } from './port.js'
import { createRateLimit, type RateLimit } from './rate-limit.js'
import type { SessionEngine } from './session-engine.js'
import { SessionFacts, type SessionOpening } from './session-facts.js'
import type { SharedMessage } from './shared-message.js'
import { transportError } from './transport-error.js'

/** The engine's side of one session: what the contract promises, kept over one port. */
export class LiveSession
  extends SessionFacts
  implements EchoSession, SocketSink, CallingSession, InboxOwner, OutboxOwner, LivenessOwner
{
  readonly #key: string
  readonly #engine: SessionEngine
  readonly #calls: HandlerCalls
  readonly #port: SocketPort
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  readonly #liveness: Liveness
  readonly #rate: RateLimit | undefined
  #state: SessionState = 'opening'
  #started = false
  #paused = false
  #membership: Membership | undefined
  /** How it ends: decided by the first close from this side, or else by the peer. */
  #ending: CloseEvent | undefined

  constructor(engine: SessionEngine, id: number, opening: SessionOpening) {
    super(id, opening)
    const { options, clock } = engine
    this.#key = opening.key
    this.#engine = engine
    this.#calls = opening.calls
    this.#port = opening.port
    this.#inbox = new Inbox(this, options.maxQueuedMessages, options.maxQueuedBytes, opening.calls.pulling)
    this.#outbox = new Outbox(this, engine, opening.port)
    this.#rate = createRateLimit(options.maxMessagesPerSecond, options.maxBytesPerSecond, clock.now())
    this.#liveness = new Liveness(this, engine, opening.port, engine.pings.phase(engine.live.size))
    engine.wheel.schedule(this.#liveness, this.#liveness.nextAt)
  }

  get state(): SessionState {
    return this.#state
  }

  get rttMs(): number | undefined {
    return this.#liveness.rttMs
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#outbox.bufferedBytes
  }

  get rooms(): readonly string[] {
    return this.#membership?.rooms ?? []
  }

  send(data: MessageData, options?: SendOptions): boolean {
    if (this.#isOver()) return false
    const more = this.#outbox.send(data, options && readKey(options))
    this.#liveness.messageAt = this.#engine.wheel.now
    return more
  }

  sendShared(message: SharedMessage, key: string | undefined): number {
    if (this.#isOver()) return -1
    this.#liveness.messageAt = this.#engine.wheel.now
    return this.#outbox.sendShared(message, key)
  }

  sendFrames(frames: readonly Uint8Array[]): void {
    this.#outbox.sendFrames(frames)
  }

  join(room: string): Promise<boolean> {
    this.#membership ??= new Membership(this, this.#engine, this.#calls)
    if (this.#isOver()) this.#membership.end()
    return this.#membership.join(room)
  }

  leave(room: string): void {
    this.#membership?.leave(room)
  }

  to(...rooms: readonly string[]): Audience {
    return SessionAudience.of(this.#engine, rooms, this)
  }

  drained(): Promise<void> {
    return this.#outbox.drained()
  }

  close(code = 1000, reason = ''): void {
    checkCloseArguments(code, reason)
    this.#end(code, reason)
  }

  terminate(): void {
    if (this.#state === 'closed') return
    this.#ending ??= { code: 1006, reason: '', clean: false }
    this.#state = 'closing'
    this.#liveness.end()
    this.#stop()
    this.#port.terminate()
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#inbox.read()
  }

  /** Calls `open`, or starts the read loop. The transport calls it once its events reach this session. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#engine.started(this)
    const { pulling } = this.#calls
    if (pulling) this.#opened()
    const first = pulling ? this.#calls.run(this) : this.#calls.invoke('open', this)
    const settled = () => (pulling ? this.#handlerEnded(1000, '') : this.#opened())
    if (first === undefined) settled()
    this.#inbox.begin(first?.then(settled))
  }

  // What the transport reports.

  message(payload: Uint8Array | readonly Uint8Array[], type: MessageType): void {
    const message = new Message(type, payload)
    const { size } = message
    if (!this.#hear(size)) return
    const { tally, options } = this.#engine
    this.#liveness.received()
    tally.messagesIn++
    tally.bytesIn += size
    if (size > options.maxMessageBytes) this.fail('ES_ERR_MESSAGE_BYTES')
    else {
      this.#inbox.push(message)
      if (this.#paused && !this.#port.capabilities.pause && this.#inbox.overrun) this.fail('ES_ERR_QUEUE')
    }
  }

  ping(payload: Uint8Array): void {
    if (!this.#hear(payload.byteLength)) return
    // A peer that pings and does not read, on a transport that cannot stop reading from it.
    if (this.#outbox.overfull && !this.#port.capabilities.pause) this.fail('ES_ERR_SLOW_CONSUMER')
    else this.#port.pong(payload)
    this.#outbox.measure()
    if (this.#calls.has('ping')) this.#inbox.call(() => this.#calls.invoke('ping', this, payload))
  }

  pong(payload: Uint8Array): void {
    if (!this.#hear(payload.byteLength)) return
    this.#liveness.answered(payload)
    if (this.#calls.has('pong')) this.#inbox.call(() => this.#calls.invoke('pong', this, payload))
  }

  settle(): void {
    this.#engine.batch.settle()
  }

  drain(): void {
    if (!this.#outbox.drain()) return
    const call = () => (this.#isOver() ? undefined : this.#calls.invoke('drain', this))
    if (this.#calls.has('drain')) this.#inbox.call(call)
    this.#inbox.pump()
    this.pressureChanged()
  }

  unfinished(pending: boolean): void {
    const { wheel } = this.#engine
    if (this.#liveness.unfinished(pending, wheel.now)) wheel.hasten(this.#liveness, this.#liveness.nextAt)
  }

  error(error: unknown, closeCode?: number): void {
    this.#engine.observers.tellTransportError(() => transportError(error, closeCode), this)
    // The transport is closing with that code by itself; the rest of the ending is as for a close from this side.
    if (closeCode !== undefined && !this.#isOver()) this.#beginClosing(closeCode, '')
  }

  closed(code: number, reason: string): void {
    if (this.#state === 'closed') return
    // A connection that is gone before its session was started has had its `open` all the same.
    this.start()
    this.#state = 'closed'
    this.#engine.wheel.cancel(this.#liveness)
    this.#liveness.end()
    this.#ending = closeEvent(this.#ending, code, reason)
    this.#membership?.end()
    this.#outbox.end()
    this.abort()
    this.#engine.disconnected(this, this.#key, this.#ending)
    this.#inbox.finish()
  }

  // What the inbox, the outbox and liveness ask for.

  get receptive(): boolean {
    return !this.#outbox.congested
  }

  deliver(message: Message): Promise<void> | undefined {
    return this.#calls.message(this, message)
  }

  pressureChanged(): void {
    const pause = !this.#isOver() && (this.#inbox.full || this.#outbox.congested)
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#port.pause()
    else {
      this.#liveness.resumed(this.#engine.wheel.now)
      this.#port.resume()
    }
  }

  finished(): void {
    const closing = this.#calls.invoke('close', this, this.#ending as CloseEvent)
    if (closing === undefined) this.#engine.ended()
    else void closing.then(() => this.#engine.ended())
  }

  handlerFailed(): void {
    this.#handlerEnded(1011, ERRORS.ES_ERR_HANDLER_THREW.meaning)
  }

  get deaf(): boolean {
    return this.#paused && this.#port.capabilities.pause && !this.#outbox.congested
  }

  hasProgressed(): boolean {
    return this.#outbox.hasProgressed()
  }

  /** Ends for what the peer does or does not do. */
  fail(code: ErrorCode): void {
    const row: ErrorRow = ERRORS[code]
    this.#engine.observers.tellTransportError(() => new EchoSessionError(code, row.meaning), this)
    if (row.closeCode === 1006) this.terminate()
    else this.#end(row.closeCode ?? 1011, row.meaning)
  }

  // The session's own workings.

  #isOver(): boolean {
    return this.#ending !== undefined
  }

  #opened(): void {
    if (this.#state === 'opening') this.#state = 'open'
  }

  // Nobody takes what still waits, also when the connection had gone before.
  #handlerEnded(code: number, reason: string): void {
    this.#end(code, reason)
    this.#inbox.discard()
  }

  // Notes a sign of life; tells whether what came is to be looked at.
  #hear(size: number): boolean {
    this.#liveness.heardAt = this.#engine.wheel.now
    if (this.#isOver()) return false
    if (this.#rate === undefined || this.#rate.take(size, this.#engine.clock.now())) return true
    this.fail('ES_ERR_RATE')
    return false
  }

  #end(code: number, reason: string): void {
    if (this.#isOver()) return
    const cut = cutReason(reason)
    this.#beginClosing(code, cut)
    this.#port.close(code, cut)
  }

  // Nothing comes in or goes out any more.
  #stop(): void {
    this.#membership?.end()
    this.#inbox.discard()
    this.#outbox.discard()
  }

  #beginClosing(code: number, reason: string): void {
    this.#ending = { code, reason, clean: true }
    this.#state = 'closing'
    this.#stop()
    // The peer's own close frame can only be seen by reading on.
    this.pressureChanged()
    const { wheel, clock } = this.#engine
    wheel.schedule(this.#liveness, this.#liveness.closing(Math.floor(clock.now())))
  }
}
