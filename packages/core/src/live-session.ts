import type { CloseEvent } from './close.js'
import { checkCloseArguments, cutReason } from './close.js'
import type { SessionDefinition } from './define-session.js'
import type { EchoSession, SessionState } from './echo-session.js'
import { argumentError, EchoSessionError, ERRORS, type ErrorCode, type ErrorRow } from './errors.js'
import { Inbox, type InboxOwner } from './inbox.js'
import { Liveness, type LivenessOwner } from './liveness.js'
import { Message, type MessageData, type MessageType, toBytes } from './message.js'
import type { HandlerPhase } from './observer.js'
import type { SocketPort, SocketSink } from './port.js'
import type { SessionEngine } from './session-engine.js'
import type { SessionRequest } from './session-request.js'
import { TokenBucket } from './token-bucket.js'

const SPENT = {
  heartbeat: 'ES_ERR_HEARTBEAT',
  idle: 'ES_ERR_IDLE',
  message: 'ES_ERR_MESSAGE_TIMEOUT',
} as const

/** What a session is opened with. */
export interface SessionOpening {
  readonly definition: SessionDefinition
  readonly request: SessionRequest
  readonly context: unknown
  readonly principal: unknown
  readonly protocol: string
  readonly port: SocketPort
  /** Gives the connection's place back; called once. */
  release(): void
}

/** The engine's side of one session: what the contract promises, kept over one port. */
export class LiveSession implements EchoSession, SocketSink, InboxOwner, LivenessOwner {
  readonly id: number
  readonly request: SessionRequest
  readonly context: unknown
  readonly principal: unknown
  readonly protocol: string
  rttMs: number | undefined
  readonly #engine: SessionEngine
  readonly #definition: SessionDefinition
  readonly #port: SocketPort
  readonly #release: () => void
  readonly #inbox: Inbox
  readonly #liveness: Liveness
  readonly #messageRate: TokenBucket | undefined
  readonly #byteRate: TokenBucket | undefined
  #state: SessionState = 'opening'
  #paused = false
  #congested = false
  #drainWaiters: (() => void)[] | undefined
  #abort: AbortController | undefined
  #localClose: { readonly code: number; readonly reason: string } | undefined
  #closeEvent: CloseEvent | undefined
  #pingId = 0
  #pingedAt = 0

  constructor(engine: SessionEngine, id: number, opening: SessionOpening) {
    const { options, clock } = engine
    this.id = id
    this.request = opening.request
    this.context = opening.context
    this.principal = opening.principal
    this.protocol = opening.protocol
    this.#engine = engine
    this.#definition = opening.definition
    this.#port = opening.port
    this.#release = opening.release
    const pulling = opening.definition.run !== undefined
    this.#inbox = new Inbox(this, options.maxQueuedMessages, options.maxQueuedBytes, pulling)
    const now = clock.now()
    // The golden ratio spreads any number of sessions evenly over the heartbeat's interval.
    this.#liveness = new Liveness(this, options, now, ((id * 0.618034) % 1) * 0.5 + 0.5)
    const { maxMessagesPerSecond, maxBytesPerSecond } = options
    if (maxMessagesPerSecond !== Number.POSITIVE_INFINITY)
      this.#messageRate = new TokenBucket(maxMessagesPerSecond, now)
    if (maxBytesPerSecond !== Number.POSITIVE_INFINITY)
      this.#byteRate = new TokenBucket(maxBytesPerSecond, now)
    engine.wheel.schedule(this.#liveness, this.#liveness.firstCheckAt)
  }

  get state(): SessionState {
    return this.#state
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#port.bufferedBytes
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#state === 'closed') this.#abort.abort()
    return this.#abort.signal
  }

  send(data: MessageData): boolean {
    let payload: string | Uint8Array
    let type: MessageType
    if (typeof data === 'string') {
      payload = data
      type = 'text'
    } else if (data instanceof Message) {
      payload = data.bytes
      type = data.type
    } else {
      payload = toBytes(data)
      type = 'binary'
    }
    if (this.#localClose !== undefined || this.#state === 'closed' || this.#state === 'closing') return false
    const size = payload.length
    const { options, tally } = this.#engine
    const waiting = this.#port.bufferedBytes
    if (waiting > 0 && waiting + size > options.maxBufferedBytes) return this.#overflow(size)
    this.#port.send(payload, type)
    tally.messagesOut++
    tally.bytesOut += size
    this.#liveness.messageAt = this.#engine.wheel.now
    return !this.#measure()
  }

  drained(): Promise<void> {
    if (!this.#congested || this.#state === 'closed') return Promise.resolve()
    return new Promise((resolve) => {
      this.#drainWaiters ??= []
      this.#drainWaiters.push(resolve)
    })
  }

  close(code = 1000, reason = ''): void {
    checkCloseArguments(code, reason)
    this.#end(code, reason)
  }

  terminate(): void {
    if (this.#state === 'closed') return
    this.#localClose ??= { code: 1006, reason: '' }
    this.#state = 'closing'
    this.#inbox.discard()
    this.#port.terminate()
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (this.#definition.run === undefined) {
      throw argumentError(
        'ES_ERR_HANDLER',
        'This session hands its messages to the message callback; give defineSession a function to read them in a loop.',
      )
    }
    return { next: () => this.#inbox.next() }
  }

  /** Shows what a log may show. */
  toJSON(): { id: number; state: SessionState; request: SessionRequest } {
    return { id: this.id, state: this.#state, request: this.request }
  }

  /** Calls `open`, or starts the read loop. The transport calls it once its events reach this session. */
  start(): void {
    const { handler, run } = this.#definition
    if (run !== undefined) {
      this.#state = 'open'
      const ended = this.#invoke('run', () => run(this))
      if (ended === undefined) this.#end(1000, '')
      else this.#inbox.hold(ended.then(() => this.#end(1000, '')))
      return
    }
    const opening = handler.open === undefined ? undefined : this.#invoke('open', () => handler.open?.(this))
    if (opening === undefined) this.#opened()
    else this.#inbox.hold(opening.then(() => this.#opened()))
  }

  #opened(): void {
    if (this.#state === 'opening') this.#state = 'open'
  }

  // What the transport reports.

  message(bytes: Uint8Array, type: MessageType): void {
    if (this.#localClose !== undefined || this.#state === 'closed') return
    const { tally, options, wheel } = this.#engine
    const liveness = this.#liveness
    liveness.heardAt = wheel.now
    liveness.messageAt = wheel.now
    tally.messagesIn++
    tally.bytesIn += bytes.byteLength
    if (bytes.byteLength > options.maxMessageBytes) return this.#fail('ES_ERR_MESSAGE_BYTES')
    if (!this.#withinRate(bytes.byteLength)) return this.#fail('ES_ERR_RATE')
    this.#inbox.push(new Message(type, bytes))
  }

  ping(payload: Uint8Array): void {
    if (!this.#hear(payload)) return
    this.#port.pong(payload)
    this.#measure()
    const { handler } = this.#definition
    if (handler.ping !== undefined)
      this.#inbox.call(() => this.#invoke('ping', () => handler.ping?.(this, payload)))
  }

  pong(payload: Uint8Array): void {
    if (!this.#hear(payload)) return
    if (
      payload.byteLength === 4 &&
      new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0) === this.#pingId
    ) {
      this.rttMs = this.#engine.clock.now() - this.#pingedAt
    }
    const { handler } = this.#definition
    if (handler.pong !== undefined)
      this.#inbox.call(() => this.#invoke('pong', () => handler.pong?.(this, payload)))
  }

  drain(): void {
    if (!this.#congested || this.#port.bufferedBytes > this.#engine.options.highWaterBytes) return
    this.#congested = false
    this.#wakeDrained()
    const { handler } = this.#definition
    if (handler.drain !== undefined && this.#localClose === undefined) {
      this.#inbox.call(() => this.#invoke('drain', () => handler.drain?.(this)))
    }
    this.#inbox.pump()
    this.pressureChanged()
  }

  unfinished(pending: boolean): void {
    const { wheel } = this.#engine
    this.#liveness.heardAt = wheel.now
    if (!pending) this.#liveness.unfinishedAt = -1
    else if (this.#liveness.unfinishedAt < 0) {
      this.#liveness.unfinishedAt = wheel.now
      const { messageTimeoutMs } = this.#engine.options
      const by = wheel.now + messageTimeoutMs
      if (messageTimeoutMs > 0 && this.#localClose === undefined && by < this.#liveness.dueAt) {
        wheel.schedule(this.#liveness, by)
      }
    }
  }

  error(error: unknown, closeCode?: number): void {
    this.#engine.observers.tell('onError', error, 'transport', this)
    if (closeCode === undefined || this.#localClose !== undefined || this.#state === 'closed') return
    // The transport is closing with that code by itself; the rest of the ending is as for a close from this side.
    this.#localClose = { code: closeCode, reason: '' }
    this.#beginClosing()
  }

  closed(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#engine.wheel.cancel(this.#liveness)
    const local = this.#localClose
    this.#closeEvent =
      local === undefined
        ? { code, reason, clean: code !== 1006 }
        : { ...local, clean: code !== 1006 && local.code !== 1006 }
    this.#congested = false
    this.#wakeDrained()
    this.#release()
    this.#abort?.abort()
    this.#engine.disconnected(this, this.#closeEvent)
    this.#inbox.finish()
  }

  // What the inbox asks for.

  get receptive(): boolean {
    return !this.#congested
  }

  deliver(message: Message): Promise<void> | undefined {
    const { handler } = this.#definition
    try {
      const result: unknown = handler.message?.(this, message)
      return result === undefined ? undefined : this.#settle('message', result)
    } catch (error) {
      return this.#fault('message', error)
    }
  }

  pressureChanged(): void {
    const pause =
      (this.#inbox.full || this.#congested) && this.#localClose === undefined && this.#state !== 'closed'
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#port.pause()
    else this.#port.resume()
  }

  finished(): void {
    const { handler } = this.#definition
    const event = this.#closeEvent as CloseEvent
    const closing =
      handler.close === undefined ? undefined : this.#invoke('close', () => handler.close?.(this, event))
    if (closing === undefined) this.#engine.ended(this)
    else void closing.then(() => this.#engine.ended(this))
  }

  // What liveness asks for.

  get paused(): boolean {
    return this.#paused
  }

  get canPing(): boolean {
    return this.#port.capabilities.ping
  }

  sendPing(): void {
    const payload = new Uint8Array(4)
    this.#pingId = (this.#pingId + 1) >>> 0
    new DataView(payload.buffer).setUint32(0, this.#pingId)
    this.#pingedAt = this.#engine.clock.now()
    this.#engine.tally.pings++
    this.#port.ping(payload)
  }

  expired(deadline: 'heartbeat' | 'idle' | 'message' | 'close'): void {
    if (deadline === 'close') return this.#port.terminate()
    if (deadline !== 'heartbeat') return this.#fail(SPENT[deadline])
    this.#engine.tally.heartbeatTimeouts++
    this.error(new EchoSessionError('ES_ERR_HEARTBEAT', ERRORS.ES_ERR_HEARTBEAT.meaning))
    this.terminate()
  }

  // The session's own workings.

  #withinRate(bytes: number): boolean {
    if (this.#messageRate === undefined && this.#byteRate === undefined) return true
    const now = this.#engine.clock.now()
    return (this.#messageRate?.take(1, now) ?? true) && (this.#byteRate?.take(bytes, now) ?? true)
  }

  #hear(payload: Uint8Array): boolean {
    this.#liveness.heardAt = this.#engine.wheel.now
    if (this.#localClose !== undefined || this.#state === 'closed') return false
    if (this.#withinRate(payload.byteLength)) return true
    this.#fail('ES_ERR_RATE')
    return false
  }

  // Tells whether the peer has fallen behind, and stops reading from it while it has.
  #measure(): boolean {
    if (this.#port.bufferedBytes <= this.#engine.options.highWaterBytes) return false
    if (!this.#congested) {
      this.#congested = true
      this.pressureChanged()
    }
    return true
  }

  #overflow(size: number): false {
    if (this.#engine.options.slowConsumer === 'drop') {
      this.#engine.tally.dropped++
      this.#engine.observers.tell('onDrop', this, size)
    } else this.#fail('ES_ERR_SLOW_CONSUMER')
    return false
  }

  #fail(code: ErrorCode): void {
    const row: ErrorRow = ERRORS[code]
    this.#engine.observers.tell('onError', new EchoSessionError(code, row.meaning), 'transport', this)
    this.#end(row.closeCode ?? 1011, row.meaning)
  }

  #end(code: number, reason: string): void {
    if (this.#localClose !== undefined || this.#state === 'closed') return
    const cut = cutReason(reason)
    this.#localClose = { code, reason: cut }
    this.#beginClosing()
    this.#port.close(code, cut)
  }

  #beginClosing(): void {
    this.#state = 'closing'
    this.#inbox.discard()
    // The peer's own close frame can only be seen by reading on.
    this.pressureChanged()
    const { wheel, clock } = this.#engine
    wheel.schedule(this.#liveness, this.#liveness.closing(clock.now()))
  }

  #wakeDrained(): void {
    const waiters = this.#drainWaiters
    this.#drainWaiters = undefined
    if (waiters !== undefined) for (const wake of waiters) wake()
  }

  #invoke(phase: HandlerPhase, call: () => unknown): Promise<void> | undefined {
    try {
      const result = call()
      return result === undefined ? undefined : this.#settle(phase, result)
    } catch (error) {
      return this.#fault(phase, error)
    }
  }

  #settle(phase: HandlerPhase, result: unknown): Promise<void> | undefined {
    // A plain value returned by an arrow function, such as that of `send`, is nothing to wait for.
    if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return undefined
    return Promise.resolve(result).then(
      () => undefined,
      (error: unknown) => this.#fault(phase, error),
    )
  }

  #fault(phase: HandlerPhase, error: unknown): Promise<void> | undefined {
    const { tally, observers } = this.#engine
    tally.handlerErrors++
    observers.tell('onError', error, phase, this)
    const { handler } = this.#definition
    let handling: Promise<void> | undefined
    if (handler.error !== undefined && phase !== 'error') {
      handling = this.#invoke('error', () => handler.error?.(this, error))
    } else if (phase === 'error' || handler.error === undefined) this.#engine.reportUnheard(error, phase)
    this.#end(1011, ERRORS.ES_ERR_HANDLER_THREW.meaning)
    // The connection may have gone before; what still waits is not for a handler that has failed.
    this.#inbox.discard()
    return handling
  }
}
