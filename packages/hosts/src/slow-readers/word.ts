/** What the parent asks the server process for; `reset` is `report`, and the peak counts from there. */
export type ServerOrder = 'broadcast' | 'report' | 'reset' | 'close'

/** How the server stands. */
export interface ServerReport {
  readonly rssBytes: number
  /** The most memory since the last `reset`. */
  readonly peakBytes: number
  readonly closedByCode: Readonly<Record<string, number>>
  readonly dropped: number
  readonly active: number
  /** Sessions that are behind by more than `highWaterBytes`. */
  readonly congested: number
  /** Bytes that wait for peers, each counted for every session that it waits for. */
  readonly buffered: number
}

/** What the server process tells its parent. */
export type ServerWord = { readonly listening: number } | { readonly report: ServerReport }

/** What the parent asks the receivers' process for. */
export type ReceiverOrder =
  | { readonly connect: number; readonly port: number; readonly frameBytes: number }
  | { readonly stall: number }
  | 'latencies'
  | 'close'

/** What the receivers' process tells its parent. */
export type ReceiverWord =
  | 'connected'
  | 'stalled'
  /** Everybody who reads has the last broadcast. */
  | 'received'
  | { readonly latencies: { readonly count: number; readonly p50: number; readonly p99: number } }
