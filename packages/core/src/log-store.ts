import type { Relay } from './relay.js'

/** Where something stands in the log of a room. */
export interface LogPosition {
  /** Which life of the log it is: another one when its entries were lost. */
  readonly epoch: string
  /** A whole number that grows from entry to entry, not always by one. */
  readonly offset: number
}

/** What a log keeps of a room. */
export interface LogLimits {
  /** The most entries of one room. */
  readonly maxMessages: number
  /** The age at which an entry goes, in milliseconds. */
  readonly maxAgeMs: number
}

/** One entry of a log. */
export interface LogEntry {
  readonly offset: number
  readonly payload: Uint8Array
}

/** What a log says of the entries behind a position. */
export interface LogPage {
  /** Where the newest entry of the room stands; that of the log before its first. */
  readonly position: LogPosition
  /** Whether every entry behind the position asked for is still there; then `entries` are the oldest of them. */
  readonly complete: boolean
  /** In the order of the log. Empty when not complete. */
  readonly entries: readonly LogEntry[]
}

/**
 * Keeps what is sent to rooms, on an engine that all processes share. It knows nothing of sessions or of what an entry
 * says.
 */
export interface LogStore {
  /** Tells the processes that there is something to read; losing one of its payloads costs time and nothing else. */
  readonly relay: Relay
  /**
   * Adds an entry behind all others of the room and gives up those that are too many or too old. Entries that one process
   * adds one after the other MUST stand in that order. MUST reject when the entry is not, or may not be, in the log.
   */
  append(room: string, payload: Uint8Array, limits: LogLimits): Promise<LogPosition>
  /**
   * Reads entries. MUST NOT say that a page is complete when an entry behind `after` is gone, whatever the reason, nor when
   * the epoch is another.
   * @param after without it the page has no entries, only the position.
   */
  read(room: string, after: LogPosition | undefined, maxEntries: number, limits: LogLimits): Promise<LogPage>
  /** Ends every connection of its own; the relay is closed before. A client that the user made MUST be left open. */
  close(): Promise<void>
}
