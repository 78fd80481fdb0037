import type { CloseEvent } from './close.js'
import type { EchoSession } from './echo-session.js'
import type { EchoSessionError, ErrorCode } from './errors.js'
import { ignore, isThenable } from './thenable.js'

/** A handshake that was refused. Holds nothing secret: no query, header, cookie, token or payload. */
export interface RejectEvent {
  /** Why, as a key of the error table. */
  readonly code: ErrorCode
  /** The HTTP status that the client got; 0 when it left before any. */
  readonly status: number
  /** The path without the query. */
  readonly path: string
  /** The client's address. */
  readonly remoteAddress: string
}

/** Where a handler failed. */
export type HandlerPhase =
  | 'authorize'
  | 'authorizeJoin'
  | 'open'
  | 'message'
  | 'ping'
  | 'pong'
  | 'drain'
  | 'close'
  | 'error'
  | 'run'
  | 'transport'
  | 'relay'
  | 'presence'

/** Messages of another process that did not arrive here. */
export interface GapEvent {
  /** The room that they were sent to; undefined for those to every session. */
  readonly room: string | undefined
  /** The process that sent them, by a random name that it has for its life. */
  readonly publisher: string
  /** How many there are. */
  readonly lost: number
}

/**
 * Told of what happens in the engine. Every callback is optional, is called at once and should return quickly; what one
 * throws is ignored. The names are stable.
 */
export interface Observer {
  /** A session has opened. */
  onOpen?(session: EchoSession): void
  /** A session's connection is gone. */
  onClose?(session: EchoSession, event: CloseEvent): void
  /** A handshake was refused or given up. */
  onReject?(event: RejectEvent): void
  /**
   * A handler threw or rejected, or a connection or the relay failed. `session` is undefined for
   * `authorize`, `relay` and `presence`.
   */
  onError?(error: unknown, phase: HandlerPhase, session: EchoSession | undefined): void
  /** A message was not sent because the peer does not read (`slowConsumer: 'drop'` and `'latest'`). */
  onDrop?(session: EchoSession, bytes: number): void
  /** The relay has lost messages of another process. */
  onGap?(event: GapEvent): void
  /** The event loop was late by so many milliseconds. */
  onLag?(lagMs: number): void
}

/** Counts since the engine was made, and gauges as of now. The names are stable. */
export interface Counters {
  /** Sessions open now. */
  active: number
  /** Handshakes under way now. */
  pending: number
  /** Sessions opened. */
  opened: number
  /** Sessions whose connection is gone. */
  closed: number
  /** The same by close code. */
  closedByCode: Record<string, number>
  /** Handshakes refused. */
  rejected: number
  /** The same by error code. */
  rejectedByCode: Record<string, number>
  /** Messages received. */
  messagesIn: number
  /** Payload bytes received. */
  bytesIn: number
  /** Messages sent. */
  messagesOut: number
  /** Payload bytes sent; of text, its length in UTF-16 units. */
  bytesOut: number
  /** Messages dropped by `slowConsumer: 'drop'`, and by `'latest'` in favour of a later one. */
  dropped: number
  /** Handlers that threw or rejected. */
  handlerErrors: number
  /** Pings sent. */
  pings: number
  /** Peers dropped because they did not answer one. */
  heartbeatTimeouts: number
  /** Bytes that wait for peers now. */
  bufferedBytes: number
  /** Messages given to the relay, one for each room that they go to. */
  relayOut: number
  /** Messages of other processes. */
  relayIn: number
  /** Messages of other processes that did not arrive. */
  relayLost: number
  /** What came from the relay and was dropped: no envelope of ours, or one that had come before. */
  relayDropped: number
  /** What the relay did not take: messages and subscriptions. */
  relayErrors: number
  /** Bytes that wait for the relay now. */
  relayQueuedBytes: number
  /** The mean of the last round-trip times of the open sessions, in milliseconds; 0 before the first. */
  rttMs: number
}

/** Makes counters that start at nothing. */
export function createCounters(): Counters {
  return {
    active: 0,
    pending: 0,
    opened: 0,
    closed: 0,
    closedByCode: Object.create(null),
    rejected: 0,
    rejectedByCode: Object.create(null),
    messagesIn: 0,
    bytesIn: 0,
    messagesOut: 0,
    bytesOut: 0,
    dropped: 0,
    handlerErrors: 0,
    pings: 0,
    heartbeatTimeouts: 0,
    bufferedBytes: 0,
    relayOut: 0,
    relayIn: 0,
    relayLost: 0,
    relayDropped: 0,
    relayErrors: 0,
    relayQueuedBytes: 0,
    rttMs: 0,
  }
}

interface Entry {
  readonly observer: Observer
}

/** Sends each event to every observer. */
export class Observers {
  // Replaced, never changed: who comes or goes while an event is told does not disturb the telling.
  #entries: readonly Entry[] = []

  /** Adds an observer; the function returned takes it away again. */
  add(observer: Observer): () => void {
    const entry: Entry = { observer }
    this.#entries = [...this.#entries, entry]
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
  }

  /** Whether anybody listens to errors. */
  get hearErrors(): boolean {
    return this.#entries.some(({ observer }) => {
      try {
        return observer.onError !== undefined
      } catch {
        return false
      }
    })
  }

  /** Tells what happened to a connection. Connections end in crowds, so the error is made only when somebody listens. */
  tellTransportError(make: () => EchoSessionError, session: EchoSession): void {
    if (this.hearErrors) this.tell('onError', make(), 'transport', session)
  }

  /** Calls one callback of every observer. Never throws: an observer watches, it does not decide. */
  tell<Name extends keyof Observer>(name: Name, ...args: Parameters<NonNullable<Observer[Name]>>): void {
    for (const { observer } of this.#entries) {
      try {
        const callback = observer[name] as ((...args: unknown[]) => unknown) | undefined
        const result = callback?.apply(observer, args)
        if (isThenable(result)) void ignore(result)
      } catch {
        // See above.
      }
    }
  }
}
