import type { EchoSession } from './echo-session.js'
import type { ErrorCode } from './errors.js'
import { LatestMessages } from './latest-messages.js'
import { type Message, type MessageData, payloadOf, piecesOf, typeOf } from './message.js'
import type { SocketPort } from './port.js'
import type { SessionEngine } from './session-engine.js'
import { SharedMessage } from './shared-message.js'

/** What the outbox needs from its session. */
export interface OutboxOwner extends EchoSession {
  /** Called when the peer has fallen behind, or has caught up. */
  pressureChanged(): void
  /** Called when the session is to end for what the peer does. */
  fail(code: ErrorCode): void
}

/** What goes out to one peer, and how far the peer is behind. */
export class Outbox {
  readonly #owner: OutboxOwner
  readonly #engine: SessionEngine
  readonly #port: SocketPort
  #congested = false
  #progressed = false
  #failing = false
  /** What waited when it was last looked at: less than that means that something has gone out. */
  #left = 0
  #waiters: (() => void)[] | undefined
  /** What is kept for a peer that is behind, by key; made when there is something. */
  #latest: LatestMessages | undefined

  constructor(owner: OutboxOwner, engine: SessionEngine, port: SocketPort) {
    this.#owner = owner
    this.#engine = engine
    this.#port = port
  }

  /** Whether more waits for the peer than `highWaterBytes`. */
  get congested(): boolean {
    return this.#congested
  }

  /** Whether a control frame would only add to what the peer does not take. */
  get overfull(): boolean {
    this.#engine.batch.settle()
    return this.#port.bufferedBytes > this.#engine.options.maxBufferedBytes
  }

  /** Bytes that wait for the peer. */
  get bufferedBytes(): number {
    this.#engine.batch.settle()
    return this.#port.bufferedBytes + (this.#latest?.bytes ?? 0)
  }

  /**
   * Sends a message, or says that it does not fit. Tells whether to go on.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE`, before a byte leaves.
   */
  send(data: MessageData, key: string | undefined): boolean {
    const pieces = this.#port.sendPieces === undefined ? undefined : piecesOf(data)
    if (pieces !== undefined && this.#fits((data as Message).size)) {
      this.#port.sendPieces?.(pieces, (data as Message).type)
      return this.#sent((data as Message).size, key) >= 0
    }
    const payload = payloadOf(data)
    const type = typeOf(data)
    if (pieces === undefined && this.#fits(payload.length)) {
      this.#port.send(payload, type)
      return this.#sent(payload.length, key) >= 0
    }
    this.#overflow(new SharedMessage(payload, type), key)
    return false
  }

  /**
   * Sends one message of many sessions.
   * @returns how many bytes more the peer takes without being behind; negative when the message was not taken.
   */
  sendShared(message: SharedMessage, key: string | undefined): number {
    if (!this.#fits(message.size)) return this.#overflow(message, key) ? 0 : -1
    message.sendBy(this.#port)
    const room = this.#sent(message.size, key)
    return this.#congested ? 0 : room
  }

  /** Sends messages that are known to fit, as their encoder has made them. They are counted already. */
  sendFrames(frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#port.sendEncoded?.(frame)
    this.measure()
  }

  /** Looks at what waits; tells how much more may, which is negative when it is too much. */
  measure(): number {
    const { highWaterBytes } = this.#engine.options
    const left = this.#waiting(highWaterBytes)
    this.#left = left
    if (left > highWaterBytes) this.#congest()
    return highWaterBytes - left
  }

  /** Tells whether a peer that is behind has taken something since this was last asked. */
  hasProgressed(): boolean {
    const left = this.#port.bufferedBytes
    const progressed = this.#progressed || left < this.#left
    this.#left = left
    this.#progressed = false
    // Below the mark the kernel may have taken it, and the peer nothing.
    return progressed && this.#congested
  }

  /** Resolves when the peer has caught up, or the session is over. */
  drained(): Promise<void> {
    if (!this.#congested) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters ??= []
      this.#waiters.push(resolve)
    })
  }

  /** The transport has sent something on. Tells whether the peer has caught up by it. */
  drain(): boolean {
    if (!this.#congested || this.#port.bufferedBytes > this.#engine.options.highWaterBytes) return false
    this.#congested = false
    this.#release()
    // What was kept may have brought the peer behind again.
    if (this.#congested) return false
    this.#wake()
    return true
  }

  /** The session closes: what is kept does not go out any more. */
  discard(): void {
    this.#engine.batch.settle()
    const latest = this.#latest
    this.#latest = undefined
    for (const message of latest?.clear() ?? []) this.#drop(message.size)
  }

  /** Nobody waits any more: the connection is gone. */
  end(): void {
    this.discard()
    this.#congested = false
    this.#wake()
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = undefined
    if (waiters !== undefined) for (const wake of waiters) wake()
  }

  #fits(size: number): boolean {
    this.#engine.batch.settle()
    const { maxBufferedBytes } = this.#engine.options
    const waiting = this.#waiting(maxBufferedBytes - size)
    if (waiting < this.#left) this.#progressed = true
    if (waiting > 0 && waiting + size > maxBufferedBytes) {
      this.#left = waiting
      return false
    }
    return true
  }

  #sent(size: number, key: string | undefined): number {
    const { tally } = this.#engine
    tally.messagesOut++
    tally.bytesOut += size
    // What is kept under its key is out of date. Observers are told when the message is out: they may send in turn.
    const old = key === undefined ? undefined : this.#latest?.take(key)
    if (old !== undefined) this.#drop(old.size)
    return this.measure()
  }

  // What the transport holds back to send it together is not what the peer is behind with: it counts when it is out.
  #waiting(mark: number): number {
    const { bufferedBytes } = this.#port
    if (bufferedBytes <= mark || bufferedBytes === 0 || this.#port.flush === undefined) return bufferedBytes
    this.#port.flush()
    return this.#port.bufferedBytes
  }

  // Tells whether the message is kept all the same.
  #overflow(message: SharedMessage, key: string | undefined): boolean {
    const { slowConsumer, maxBufferedBytes } = this.#engine.options
    // An observer that is told of the failure may send in turn.
    if (this.#failing) return false
    // A sender that was told to stop is told when to go on, also when less than the mark waits.
    this.#congest()
    if (slowConsumer === 'close') {
      this.#failing = true
      this.#owner.fail('ES_ERR_SLOW_CONSUMER')
    } else if (slowConsumer === 'latest' && key !== undefined) {
      this.#latest ??= new LatestMessages(maxBufferedBytes)
      const given = this.#latest.put(key, message)
      for (const { size } of given) this.#drop(size)
      return !given.includes(message)
    } else this.#drop(message.size)
    return false
  }

  #release(): void {
    for (let next = this.#latest?.next; next !== undefined; next = this.#latest?.next) {
      if (this.#congested || !this.#fits(next.message.size)) {
        this.#congest()
        return
      }
      this.#latest?.take(next.key)
      next.message.sendBy(this.#port)
      this.#sent(next.message.size, undefined)
    }
    this.#latest = undefined
  }

  #drop(size: number): void {
    const { tally, observers } = this.#engine
    tally.dropped++
    observers.tell('onDrop', this.#owner, size)
  }

  #congest(): void {
    if (this.#congested) return
    this.#congested = true
    this.#owner.pressureChanged()
  }
}
