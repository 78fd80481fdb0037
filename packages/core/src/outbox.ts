import { isMessage, type MessageData, type MessageType, toBytes } from './message.js'
import type { SocketPort } from './port.js'
import type { SessionEngine } from './session-engine.js'

/** What the outbox needs from its session. */
export interface OutboxOwner {
  /** Called when the peer has fallen behind, or has caught up. */
  pressureChanged(): void
  /** Called when a message does not fit any more. */
  overflowed(size: number): void
}

/** What goes out to one peer, and how far the peer is behind. */
export class Outbox {
  readonly #owner: OutboxOwner
  readonly #engine: SessionEngine
  readonly #port: SocketPort
  #congested = false
  #progressed = false
  /** What waited when it was last looked at: less than that means that something has gone out. */
  #left = 0
  #waiters: (() => void)[] | undefined

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
    return this.#port.bufferedBytes > this.#engine.options.maxBufferedBytes
  }

  /**
   * Sends a message, or says that it does not fit. Tells whether to go on.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE`, before a byte leaves.
   */
  send(data: MessageData): boolean {
    if (typeof data === 'string') return this.#put(data, 'text')
    if (isMessage(data)) {
      const { bytes, type } = data
      // The short way for what every echo sends; anything odd about the bytes is looked at closely.
      const sound = bytes instanceof Uint8Array && bytes.length > 0
      return this.#put(sound ? bytes : toBytes(bytes), type === 'text' ? 'text' : 'binary')
    }
    return this.#put(toBytes(data), 'binary')
  }

  /** Looks at what waits; tells whether it is too much. */
  measure(): boolean {
    const { highWaterBytes } = this.#engine.options
    const left = this.#waiting(highWaterBytes)
    this.#left = left
    if (left <= highWaterBytes) return false
    this.#congest()
    return true
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
    this.end()
    return true
  }

  /** Nobody waits any more: the peer has caught up, or is gone. */
  end(): void {
    this.#congested = false
    const waiters = this.#waiters
    this.#waiters = undefined
    if (waiters !== undefined) for (const wake of waiters) wake()
  }

  #put(payload: string | Uint8Array, type: MessageType): boolean {
    const { options, tally } = this.#engine
    const size = payload.length
    const waiting = this.#waiting(options.maxBufferedBytes - size)
    if (waiting < this.#left) this.#progressed = true
    if (waiting > 0 && waiting + size > options.maxBufferedBytes) {
      this.#left = waiting
      // A sender that was told to stop is told when to go on, also when less than the mark waits.
      this.#congest()
      this.#owner.overflowed(size)
      return false
    }
    this.#port.send(payload, type)
    tally.messagesOut++
    tally.bytesOut += size
    return !this.measure()
  }

  // What the transport holds back to send it together is not what the peer is behind with: it counts when it is out.
  #waiting(mark: number): number {
    const { bufferedBytes } = this.#port
    if (bufferedBytes <= mark || bufferedBytes === 0 || this.#port.flush === undefined) return bufferedBytes
    this.#port.flush()
    return this.#port.bufferedBytes
  }

  #congest(): void {
    if (this.#congested) return
    this.#congested = true
    this.#owner.pressureChanged()
  }
}
