import type { Relay } from '@echosession/core'
import type { Exclusion } from '../contract/target.js'

/**
 * What a target can do. A clause that needs something a target does not have is not left out: the suite tests that it
 * is absent indeed, and says `unsupported`.
 */
export interface RelayCapabilities {
  /** Payloads go over a network, so that a case waits by the clock on the wall. */
  readonly network: boolean
  /** The relay sits on a client that the user has made: `RelayProcess.isClientAlive` tells whether it still works. */
  readonly client: boolean
  /** The engine can be taken away and brought back, with nothing remembered: `interrupt` and `restore`. */
  readonly interrupt: boolean
  /** The engine can be kept from answering while its connections stay: `freeze` and `thaw`. */
  readonly freeze: boolean
  /** One process's connections to the engine can be broken once: `RelayProcess.cut`. */
  readonly cut: boolean
}

/** The name of something that a target can or cannot do. */
export type RelayCapability = keyof RelayCapabilities

/** One process of those that an engine connects, or what plays one. */
export interface RelayProcess {
  /** Its relay, not opened yet. */
  readonly relay: Relay
  /** With the capability `client`: whether the user's own client still does what it is asked. */
  isClientAlive?(): Promise<boolean>
  /** With the capability `cut`: breaks its connections to the engine; nothing keeps it from connecting again. */
  cut?(): Promise<void>
}

/** A fresh engine, that no other case uses. */
export interface RelayTestEngine {
  /** Adds a process. It need not be connected yet when this resolves; the engine may be away. */
  join(): Promise<RelayProcess>
  /** With the capability `interrupt`: resolves when the engine is away and its connections are broken. */
  interrupt?(): Promise<void>
  /** Resolves when the engine can be reached again; connecting is the relays' business. */
  restore?(): Promise<void>
  /** With the capability `freeze`: resolves when the engine answers nobody. */
  freeze?(): Promise<void>
  /** Resolves when the engine goes on. */
  thaw?(): Promise<void>
  /** Ends the engine and what `join` has made, whatever state they are in. Relays are closed by then. */
  close(): Promise<void>
}

/** What the relay suite judges: an engine, and the relay that is made for it. */
export interface RelayTarget {
  /** The name that stands at the head of the report's column. */
  readonly name: string
  readonly capabilities: RelayCapabilities
  /** Clauses that are known not to hold here, by id. */
  readonly excluded?: Readonly<Record<string, Exclusion>>
  /** Makes an engine. */
  create(): Promise<RelayTestEngine>
}
