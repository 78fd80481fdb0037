/** What a server does with what it receives. */
export type App = 'echo' | 'broadcast' | 'chat' | 'guarded'

/** How a server process is to run; it comes as JSON on its command line. */
export interface ServerPlan {
  /** The target's name. */
  readonly target: string
  readonly app: App
  /** Where to listen; 0 for any free port. */
  readonly port: number
  /** Whether permessage-deflate is on. */
  readonly deflate: boolean
  /** The time between pings; 0 for whatever the target does by itself. */
  readonly heartbeatMs: number
  /** The folder whose `ws` is used, when it is not the one of this repository. */
  readonly from?: string
}

/** Starts a server and says on which port it listens. */
export type StartServer = (plan: ServerPlan) => Promise<number>

/** Where every server listens. */
export const HOST = '127.0.0.1'

/** What a server without WebSocket says first. */
export const TCP_GREETING = '+'

/** The memory that a server holds after its garbage was collected, and its CPU time so far. */
export interface ServerUsage {
  readonly rssBytes: number
  readonly heapBytes: number
  readonly cpuMicros: number
}

/** What a server process writes to standard output, a line of JSON each. */
export type ServerLine =
  | { readonly listening: number }
  | { readonly failed: string }
  | { readonly usage: ServerUsage }
