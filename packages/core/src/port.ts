import type { MessageType } from './message.js'

/** What a transport can do. Core and the conformance suite act on this, never on the transport's name. */
export interface PortCapabilities {
  /** Pings can be sent and pongs are reported. Without it there is no heartbeat. */
  readonly ping: boolean
  /** Reading can be paused, so that a slow handler pushes back on the peer. */
  readonly pause: boolean
  /** The begin of a message is reported before its end, so that an unfinished one can be timed. */
  readonly unfinished: boolean
  /**
   * Encodes a message once for every port that has the same encoder; what it makes is given to their `sendEncoded`.
   * Without it each port encodes by itself.
   */
  readonly encoder?: FrameEncoder
}

/** Makes the bytes that a transport sends for a message: its own copy, which is never written to again. */
export type FrameEncoder = (data: string | Uint8Array, type: MessageType) => Uint8Array

/**
 * One end of an open WebSocket connection, as a transport hands it to core. Plain calls, nothing to extend.
 * Each call after the connection is gone does nothing and throws nothing.
 */
export interface SocketPort {
  readonly capabilities: PortCapabilities
  /** Bytes that were given to `send` and have not reached the operating system. */
  readonly bufferedBytes: number
  /** Sends one whole message, in order, unfragmented. The bytes are not changed and not copied by core. */
  send(data: string | Uint8Array, type: MessageType): void
  /** Sends what the `encoder` of its capabilities has made, in order with `send`. */
  sendEncoded?(frame: Uint8Array): void
  /** Sends one whole message that stands in pieces, in order with `send`, without joining them. */
  sendPieces?(pieces: readonly Uint8Array[], type: MessageType): void
  /** Starts the closing handshake. Core has checked the code and cut the reason. */
  close(code: number, reason: string): void
  /** Drops the connection at once, without a closing handshake. */
  terminate(): void
  /** Sends a ping with these bytes (RFC 6455 section 5.5.2). */
  ping(payload: Uint8Array): void
  /** Answers a ping (RFC 6455 section 5.5.3). */
  pong(payload: Uint8Array): void
  /**
   * Hands what `send` holds back, so that it leaves together, to the operating system at once. Without it `send` holds
   * nothing back.
   */
  flush?(): void
  /** Stops reading from the peer. What was read already may still be reported. */
  pause(): void
  /** Reads again. */
  resume(): void
}

/** What a transport reports to core. No call throws. After `closed` there is no further call. */
export interface SocketSink {
  /**
   * A whole message has come, in one piece or in several, which are joined when somebody wants to read them. They belong
   * to core from here on.
   */
  message(payload: Uint8Array | readonly Uint8Array[], type: MessageType): void
  /** A ping has come; core answers it. */
  ping(payload: Uint8Array): void
  /** A pong has come. */
  pong(payload: Uint8Array): void
  /**
   * The transport is about to send something of its own, such as the answer to a close frame: what core has kept to send
   * it together is handed over first.
   */
  settle(): void
  /** What was buffered has gone out. */
  drain(): void
  /** A message has begun and is not complete (`true`), or is complete (`false`). */
  unfinished(pending: boolean): void
  /**
   * Something is wrong with the connection.
   * @param closeCode the code that the transport is closing with because of it, where the peer broke the protocol.
   */
  error(error: unknown, closeCode?: number): void
  /** The connection is gone. Code 1005: the peer's close frame had no code; 1006: there was no close frame. */
  closed(code: number, reason: string): void
}
