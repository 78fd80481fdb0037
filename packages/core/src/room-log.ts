import type { EchoSession } from './echo-session.js'
import { EchoSessionError } from './errors.js'
import type { Recovery } from './log-recovery.js'
import { LogRooms } from './log-rooms.js'
import type { LogPosition, LogStore } from './log-store.js'
import type { Message, MessageData } from './message.js'
import type { RoomLogOptions } from './room-log-options.js'
import type { Sessions } from './sessions.js'

/** What `join` came to; undefined when the session was not let into the room. */
export type LogJoin = Recovery | undefined

/**
 * Rooms whose messages are kept, so that who was away gets exactly what it missed. What is sent to such a room goes into
 * its log first, and from there to every session of every process, in the log's order.
 */
export interface RoomLog {
  /**
   * Adds a message to the log of a room. Resolves when it is kept; then every session that has joined gets it, once.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE`; {@link EchoSessionError} with `ES_ERR_ROOM`, or with `ES_ERR_LOG` when the
   * log could not be written to: nobody gets the message then, unless the log had taken it and could not say so.
   */
  append(room: string, data: MessageData): Promise<LogPosition>
  /**
   * Lets a session join a room, and tells it so in the log's exchange: `joined`, then each `entry` that it missed since a
   * position, then what is new. `recovered: false` says that not all of that can be had, and then it gets none of it.
   * @returns undefined when `session.join` does not let it in.
   * @throws {@link EchoSessionError} with `ES_ERR_LOG` when the log cannot be read, and what `session.join` throws.
   */
  join(session: EchoSession, room: string, since?: LogPosition): Promise<LogJoin>
  /** Lets it leave again. */
  leave(session: EchoSession, room: string): void
  /**
   * Carries out what a client asks for in the log's exchange (`join` and `leave`), and answers it. Never rejects.
   * @returns false when the message is no request to the log, but something of the application's own.
   */
  receive(session: EchoSession, message: Message): Promise<boolean>
  /** Ends it: nobody is told of anything new. The engine's clients, which the user made, stay open. */
  close(): Promise<void>
}

/**
 * Makes rooms with a history.
 * @example
 * ```ts
 * import { createRoomLog, createSessions, defineSession } from '@echosession/core'
 * import { createMemoryLog } from '@echosession/core/memory'
 *
 * const sessions = createSessions()
 * const log = createRoomLog(sessions, createMemoryLog().store(), { maxMessages: 500, maxAgeMs: 86_400_000 })
 *
 * export const news = defineSession({
 *   async message(session, message) {
 *     if (await log.receive(session, message)) return
 *     await log.append('news', message)
 *   },
 * })
 * ```
 * @throws {@link EchoSessionError} with `ES_ERR_OPTION`, and what the store's relay throws.
 */
export function createRoomLog(sessions: Sessions, store: LogStore, options: RoomLogOptions = {}): RoomLog {
  return new LogRooms(sessions, store, options)
}
