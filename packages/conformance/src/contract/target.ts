import type { Server } from 'node:http'
import type { SessionDefinition, Sessions, SessionsOptions } from '@echosession/core'
import type { Dial } from './contract-client.js'

/**
 * What a target can do. A clause that needs something a target does not have is not left out: the suite tests that it
 * is absent indeed, and says `unsupported`.
 */
export interface TargetCapabilities {
  /** Reached over a socket at `Mounted.url`, so that the suite can send any byte at all. */
  readonly network: boolean
  /** The host answers plain HTTP too: a path with no session on it gets the host's own 404. */
  readonly http: boolean
  /** `HostSetup.middleware` runs in the host's own pipeline before the session's route. */
  readonly middleware: boolean
  /** `Mounted.server` is the `node:http` server that the sessions share with other `upgrade` listeners. */
  readonly server: boolean
  /** Pings can be sent, and the peer's pings and pongs are reported. */
  readonly ping: boolean
  /** Reading can be paused, so that a slow handler pushes back on the peer. */
  readonly pause: boolean
  /** The begin of a message is reported before its end, so that an unfinished one can be timed. */
  readonly unfinished: boolean
  /** permessage-deflate (RFC 7692) is offered when the option `compression` is on. */
  readonly compression: boolean
}

/** The name of something that a target can or cannot do. */
export type Capability = keyof TargetCapabilities

/** What a host's middleware sees of an upgrade request in the suite, and how it answers. */
export interface MiddlewareExchange {
  /** Reads a header of the request. */
  header(name: string): string | undefined
  /** Sets a header of the answer, whatever the answer becomes. */
  setHeader(name: string, value: string): void
}

/** The middleware's own answer; the request then never reaches the session. */
export interface MiddlewareRejection {
  readonly status: number
  readonly body: string
}

/** What a target sets up in its host besides the session; only one with the capability `middleware` is asked to. */
export interface HostSetup {
  /** Runs before the session's route, in the host's own idiom; returns a rejection, or nothing to go on. */
  readonly middleware?: (exchange: MiddlewareExchange) => MiddlewareRejection | undefined
}

/** A definition that is mounted: reached over a network at `url`, or without one through `dial`. */
export interface Mounted {
  /** The engine that the definition runs on, made with exactly the options that `mount` was given. */
  readonly sessions: Sessions
  /** Where the session is: `ws:` or `wss:`, on the loopback interface. */
  readonly url?: string
  /** Connects without a network. */
  readonly dial?: Dial
  /** The server underneath, for a target with the capability `server`. */
  readonly server?: Server
  /** Ends everything that `mount` has begun, also when connections are still open. */
  close(): Promise<void>
}

/** Why a clause is known not to hold on a target. The suite fails when it would hold after all. */
export interface Exclusion {
  /** What stands in the way, in one sentence. */
  readonly reason: string
  /** The public thread where that is known. */
  readonly issue: string
}

/**
 * What the contract suite judges: a host that a session definition can be mounted on.
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { test } from 'node:test'
 * import { CLAUSES, register, type Target } from '@echosession/conformance'
 *
 * export function judge(target: Target): void {
 *   register(test, CLAUSES, target)
 * }
 * ```
 */
export interface Target {
  /** The name that stands at the head of the report's column. */
  readonly name: string
  readonly capabilities: TargetCapabilities
  /** Clauses that are known not to hold here, by id. */
  readonly excluded?: Readonly<Record<string, Exclusion>>
  /**
   * Mounts a definition on a fresh host, on port 0 of the loopback interface.
   * @param options handed to `createSessions` as they are.
   */
  mount(definition: SessionDefinition, options: SessionsOptions, host: HostSetup): Promise<Mounted>
}
