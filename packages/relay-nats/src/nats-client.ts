/** What is read of a message from NATS. */
export interface NatsMessage {
  readonly data: Uint8Array
}

/** What is used of a subscription. */
export interface NatsSubscription {
  unsubscribe(): void
  isClosed(): boolean
}

/** What is read of an event of the connection. */
export interface NatsStatus {
  readonly type: string
  readonly error?: unknown
}

/** What is used of a `NatsConnection`, so that no type of one release of the client stands in the way of another. */
export interface NatsClient {
  /** What the server says of itself; undefined while there is none. */
  readonly info?: { readonly max_payload: number } | undefined
  publish(subject: string, payload: Uint8Array): void
  subscribe(
    subject: string,
    options: { readonly callback: (error: Error | null, message: NatsMessage) => void },
  ): NatsSubscription
  /** Resolves when the server has taken everything that was sent before. */
  flush(): Promise<void>
  status(): AsyncIterable<NatsStatus>
}
