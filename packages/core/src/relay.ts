/** Where a relay has failed. */
export type RelayStage = 'connect' | 'publish' | 'subscribe' | 'close'

/**
 * Carries payloads between the processes that run one application, so that a message to a room reaches the sessions of
 * all of them. At most once: what a relay loses, core notices by the numbers in the payloads and reports. A relay knows
 * nothing of rooms, sessions or what a payload says.
 */
export interface Relay {
  /** The largest payload that it takes, in bytes; core hands over none that is larger. */
  readonly maxPayloadBytes: number
  /**
   * Begins to connect, and returns at once: an engine that cannot be reached is no reason to fail. Core calls it once.
   * MUST throw an `EchoSessionError` with `ES_ERR_RELAY` when it is called again.
   */
  open(sink: RelaySink): RelayLink
}

/** A relay that was opened. */
export interface RelayLink {
  /**
   * Sends a payload to every process that is subscribed to the channel; whether to this one too does not matter.
   * Payloads of one channel MUST arrive in the order of these calls. MUST NOT keep a payload for later when it cannot be
   * sent now, but reject; MUST NOT throw; MUST NOT change the payload.
   * @returns settles when the engine has taken the payload, or will not.
   */
  publish(channel: string, payload: Uint8Array): Promise<void>
  /**
   * Subscribes to a channel. MUST do so again by itself after each reconnection. Asking twice is asking once.
   * @returns resolves when payloads of the channel arrive, rejects when they will not.
   */
  subscribe(channel: string): Promise<void>
  /** Ends a subscription; does nothing where there is none. */
  unsubscribe(channel: string): Promise<void>
  /**
   * Ends everything that `open` began: subscriptions, timers, connections of its own. A client that the user made MUST be
   * left open. Nothing is reported afterwards.
   * @throws EchoSessionError with `ES_ERR_RELAY`, as a rejection, when it was closed before.
   */
  close(): Promise<void>
}

/** What a relay reports to core. No call throws. */
export interface RelaySink {
  /** A payload has come on a channel that is subscribed to. It belongs to core from here on, and may be anything at all. */
  received(channel: string, payload: Uint8Array): void
  /** The engine is reached, and every subscription stands: after the first connection, and after each one that was lost. */
  up(): void
  /** The engine is not reached, or not any more. MUST be called once for each time; payloads may be lost from here on. */
  down(error: unknown): void
  /** Something failed that no promise tells of. */
  failed(stage: RelayStage, error: unknown): void
}
