import type { LogStore } from '@echosession/core'
import type { Exclusion } from '../contract/target.js'

/** What an engine of logs can be made to do. What it declares off is tested to be absent. */
export interface LogCapabilities {
  /** Reached over a socket, so that things take time. */
  readonly network: boolean
  /** It can be taken away and brought back with everything that it had acknowledged. */
  readonly interrupt: boolean
  /** It can be emptied while it runs. */
  readonly empty: boolean
}

/** The name of one of them. */
export type LogCapability = keyof LogCapabilities

/** An engine of one case's own. */
export interface LogTestEngine {
  /** Adds a process, or what plays one. */
  join(): Promise<LogStore>
  /** Takes the engine away until `restore`. */
  interrupt?(): Promise<void>
  restore?(): Promise<void>
  /** Loses every entry of every room. */
  empty?(): Promise<void>
  /** Ends the engine. */
  close(): Promise<void>
}

/** What the log suite judges: a store of the histories of rooms, and sessions on top of it. */
export interface LogTarget {
  /** The name that stands at the head of the report's column. */
  readonly name: string
  readonly capabilities: LogCapabilities
  /** Clauses that are known not to hold here, by id. */
  readonly excluded?: Readonly<Record<string, Exclusion>>
  /** Makes an engine for one case. */
  create(): Promise<LogTestEngine>
}
