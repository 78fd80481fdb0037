import type { EchoSession } from './echo-session.js'

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** A session that is present in a room. */
export interface PresenceMember {
  /** The same for this session in every room and every process, and no other's. */
  readonly id: string
  /** What it was entered with, as JSON has it; frozen. */
  readonly info: JsonValue
  /** Whether it is a session of this process. */
  readonly local: boolean
}

/** Who came to a room, left it, or has another `info`. */
export interface PresenceEvent {
  readonly room: string
  readonly kind: 'join' | 'leave' | 'update'
  /** As it is now; for `leave`, as it was last. */
  readonly member: PresenceMember
}

/**
 * Who is in which room, over all processes. A process knows of a room for as long as a session of its own is in it. Of a
 * process that has died the others know within `presenceTimeoutMs`.
 */
export interface Presence {
  /**
   * Makes a session present in a room, which it joins if it is not in it; again, to change its `info`. It leaves by
   * itself with the room, and when it ends.
   * @param info what the others are to know of it: JSON of at most 1,024 bytes, null by default.
   * @returns whether it is present; false when it could not join, is over, or the server drains. Settles when other
   * processes have had the time to say who is with them. Never rejects.
   * @throws {@link EchoSessionError} with `ES_ERR_OPTION` for an `info` that is none, and what `session.join` throws.
   */
  enter(session: EchoSession, room: string, info?: JsonValue): Promise<boolean>
  /** Makes a session absent again; it stays in the room. Does nothing for one that is not present. */
  leave(session: EchoSession, room: string): void
  /**
   * Who is present in a room, in the same order in every process. Of other processes, at most 10,000 in each room; none
   * when no session of this process is in it.
   */
  list(room: string): readonly PresenceMember[]
  /** The id that a session has, or would have, as a member. */
  idOf(session: EchoSession): string
  /**
   * Calls a function with each change of what `list` returns, in order; the function returned ends that. What it throws
   * is told to the observers, and changes nothing.
   */
  watch(listener: (event: PresenceEvent) => void): () => void
}
