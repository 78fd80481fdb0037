import type { Audience, SendOptions } from './audience.js'
import type { Message, MessageData } from './message.js'
import type { SessionRequest } from './session-request.js'

/** Where a session is in its life. `opening` while `open` runs, `closing` from the first close frame on. */
export type SessionState = 'opening' | 'open' | 'closing' | 'closed'

/**
 * One live WebSocket conversation, the same on every host.
 * @typeParam Principal what `authorize` returned.
 * @typeParam Context the host's own object, typed by the adapter.
 */
export interface EchoSession<Principal = unknown, Context = unknown> extends AsyncIterable<Message> {
  /** A number that no other session of this engine has. */
  readonly id: number
  /** Where the session is in its life. */
  readonly state: SessionState
  /** The request that it was opened with. */
  readonly request: SessionRequest
  /** The host's own object for that request. */
  readonly context: Context
  /** What `authorize` returned. */
  readonly principal: Principal
  /** The subprotocol that was agreed on; empty when there is none (RFC 6455 section 1.9). */
  readonly protocol: string
  /** The last round-trip time of a ping, in milliseconds; undefined before the first. */
  readonly rttMs: number | undefined
  /** Bytes that wait for the peer. */
  readonly bufferedBytes: number
  /** Aborted when the connection is gone, so that work for it can stop. */
  readonly signal: AbortSignal
  /**
   * Sends one message. A string goes out as text, bytes as binary, a received message as it came. Bytes must stay as
   * they are until they have gone out.
   * @returns true to go on; false to stop until `drain`, or because the session is closing or closed.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE` for anything else, before a byte leaves.
   */
  send(data: MessageData, options?: SendOptions): boolean
  /** Resolves when `send` would answer true again, or when the session is over. */
  drained(): Promise<void>
  /**
   * Starts the closing handshake. The first code given counts; later calls do nothing. Messages that wait for the
   * handler are not delivered any more.
   * @param code 1000-1003, 1007-1014 or 3000-4999; 1000 by default.
   * @param reason cut at 123 bytes of UTF-8; empty by default.
   * @throws TypeError with `ES_ERR_CLOSE_ARGUMENT` for a code that may not be sent (RFC 6455 section 7.4.1).
   */
  close(code?: number, reason?: string): void
  /** Drops the connection at once; the session closes with 1006. */
  terminate(): void
  /** The rooms that the session is in; when it is over, those that it was in last. */
  readonly rooms: readonly string[]
  /**
   * Joins a room, at once unless the definition's `authorizeJoin` has to be waited for. It is left by itself when the
   * session ends.
   * @returns whether the session is in; false when `authorizeJoin` did not say true, or the session is over. Settles when
   * what other processes send to the room arrives here, too. Never rejects.
   * @throws {@link EchoSessionError} with `ES_ERR_ROOM` for what cannot be a room's name, with `ES_ERR_ROOM_LIMIT` when
   * the session is in `maxRoomsPerSession` already.
   */
  join(room: string): Promise<boolean>
  /** Leaves a room, also one whose join is still being decided; does nothing for any other. */
  leave(room: string): void
  /**
   * Everyone in these rooms but this session, nobody twice.
   * @throws {@link EchoSessionError} with `ES_ERR_ROOM` for what cannot be a room's name, none at all, or more than 64.
   */
  to(...rooms: readonly string[]): Audience
}
