/** What a server process has and holds, after its garbage was collected. */
export interface Measure {
  readonly heapBytes: number
  readonly rssBytes: number
  /** Open file descriptors; -1 where the system does not show them. */
  readonly descriptors: number
  /** Timers that are set. */
  readonly timers: number
  /** Whatever else keeps the event loop alive. */
  readonly handles: number
  /** Connections of the server. */
  readonly connections: number
  readonly active: number
  readonly pending: number
  readonly opened: number
  readonly closed: number
  readonly rejected: number
  /** Those among the rejected whose client left before it had an answer. */
  readonly aborted: number
}

/** What the parent asks a server process for. */
export type Order = 'measure' | 'close'

/** What a server process tells its parent. */
export type Told =
  | { readonly listening: number }
  | { readonly measure: Measure }
  | { readonly faults: readonly string[] }
