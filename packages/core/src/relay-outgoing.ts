import type { TimerHandle } from './clock.js'
import { withDeadline } from './deadline.js'
import type { Relay, RelayLink, RelayStage } from './relay.js'
import { type Envelope, encodeEnvelope } from './relay-envelope.js'
import { RelayError } from './relay-error.js'
import type { RelayEngine } from './relay-hub.js'

/** How long after something did not go out the others are told how far this process has come. */
const RETRY_MS = 1_000

/** What goes out through the relay: bounded in size and time, and never silent about what does not. */
export class RelayOutgoing {
  readonly #engine: RelayEngine
  readonly #relay: Relay
  readonly #link: RelayLink
  /** Called when others can be told again how far this process has come, after something did not go out. */
  readonly #recovered: () => void
  #queuedBytes = 0
  /** Whether the trouble of now has been told of. */
  #ailing = false
  /** Whether something did not go out that others count on. */
  #lost = false
  /** Whether the relay says that the engine is not reached. */
  #down = false
  #retry: TimerHandle | undefined
  #closed = false

  constructor(engine: RelayEngine, relay: Relay, link: RelayLink, recovered: () => void) {
    this.#engine = engine
    this.#relay = relay
    this.#link = link
    this.#recovered = recovered
  }

  /** Bytes that were given to the relay and are not taken. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Gives an envelope to the relay; `refused` is called when it does not take it. */
  give(channel: string, envelope: Envelope, refused?: () => void): void {
    if (this.#closed) return
    const bytes = encodeEnvelope(envelope)
    const { maxPayloadBytes } = this.#relay
    const { maxRelayQueuedBytes } = this.#engine.options
    if (bytes.length > maxPayloadBytes) {
      const message = `A message of ${bytes.length} bytes, addresses included, is too large for the relay; it takes ${maxPayloadBytes}.`
      this.#refused(new RelayError('publish', message), refused)
      // No sign of a failing engine: each is told of.
      this.#ailing = false
    } else if (this.#queuedBytes > 0 && this.#queuedBytes + bytes.length > maxRelayQueuedBytes) {
      const message = `${this.#queuedBytes} bytes wait for the relay, as many as maxRelayQueuedBytes allows; the message was not relayed.`
      this.#refused(new RelayError('publish', message), refused)
    } else void this.#send(channel, bytes, refused)
  }

  /** The engine is reached. */
  well(): void {
    this.#down = false
    this.#ailing = false
  }

  /** The engine is not reached until `well` is called. */
  unwell(error: RelayError): void {
    this.#down = true
    this.tell(error)
  }

  /** Tells of trouble: once for each, not for everything that fails because of it. */
  tell(error: RelayError): void {
    if (this.#ailing || this.#closed) return
    this.#ailing = true
    this.#engine.observers.tell('onError', error, 'relay', undefined)
    this.#engine.reportUnheard(error, 'relay')
  }

  /** The error for a relay that does not answer. */
  late(stage: RelayStage): RelayError {
    const { relayTimeoutMs } = this.#engine.options
    return new RelayError(stage, `The relay did not answer within ${relayTimeoutMs} ms (relayTimeoutMs).`)
  }

  /** Ends the relay. Never rejects. */
  async close(): Promise<void> {
    const { clock, options } = this.#engine
    try {
      await withDeadline(clock, options.relayTimeoutMs, this.#link.close(), () => this.late('close'))
    } catch (error) {
      this.#ailing = false
      this.tell(RelayError.of('close', error))
    }
    this.#closed = true
    clock.clearTimeout(this.#retry)
  }

  async #send(channel: string, bytes: Uint8Array, refused?: () => void): Promise<void> {
    const { clock, options } = this.#engine
    this.#queuedBytes += bytes.length
    try {
      // What the relay holds on to counts, also when nobody waits for it any more.
      const sending = this.#link.publish(channel, bytes).finally(() => {
        this.#queuedBytes -= bytes.length
      })
      // Taken late is taken all the same.
      const taken = sending.then(() => this.#taken())
      await withDeadline(clock, options.relayTimeoutMs, taken, () => this.late('publish'))
    } catch (error) {
      this.#refused(RelayError.of('publish', error), refused)
    }
  }

  #taken(): void {
    // What was taken just before the engine was lost is no sign that it is back.
    if (!this.#down) this.#ailing = false
    if (!this.#lost || this.#closed) return
    this.#lost = false
    this.#recovered()
  }

  // Others are told though nothing else goes out; after an outage they are told anyhow.
  #retryLater(): void {
    const { clock } = this.#engine
    clock.clearTimeout(this.#retry)
    this.#retry = clock.setTimeout(() => {
      if (!this.#lost || this.#down) return
      if (this.#queuedBytes > 0) this.#retryLater()
      else {
        this.#lost = false
        this.#recovered()
      }
    }, RETRY_MS)
  }

  #refused(error: RelayError, refused: (() => void) | undefined): void {
    if (this.#closed) return
    this.#engine.tally.relayErrors++
    this.#lost = true
    this.#retryLater()
    refused?.()
    this.tell(error)
  }
}
