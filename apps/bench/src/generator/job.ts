/** What a server speaks. */
export type Protocol = 'websocket' | 'socket.io' | 'tcp'

/** What one message is. */
export interface MessageShape {
  readonly bytes: number
  readonly binary: boolean
  /** A message of the chat, whose text has that many bytes. */
  readonly chat?: boolean
}

/** What the load is like. */
export type LoadShape =
  /** Every client sends `depth` messages and another one for each reply. */
  | {
      readonly kind: 'echo'
      readonly connections: number
      readonly depth: number
      /** Clients that are connected besides and say nothing. */
      readonly idle?: number
    }
  /** Messages go to every client; `burst` of them leave at once, `senders` clients are at it at a time. */
  | {
      readonly kind: 'fan-out'
      readonly connections: number
      readonly burst: number
      readonly senders: number
      /** The clients are spread over so many rooms; one by default. */
      readonly rooms?: number
    }
  /** So many clients connect, `concurrency` of them at a time. */
  | {
      readonly kind: 'connect'
      readonly connections: number
      readonly concurrency: number
      readonly warm: number
    }
  /** Messages leave at a fixed rate, whether replies come or not. */
  | { readonly kind: 'paced'; readonly connections: number; readonly perSecond: number }

/** What the load generator is to do, against which server. */
export interface Job {
  readonly protocol: Protocol
  readonly port: number
  readonly message: MessageShape
  readonly load: LoadShape
  /** Whether permessage-deflate is offered and asked for. */
  readonly deflate: boolean
  /** How long it warms up and then runs, in CPU time of the generator; a paced load by the clock. */
  readonly warmMs: number
  readonly runMs: number
}

/** The time that messages took, in seconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** What came of a run. */
export interface LoadResult {
  /** Replies, deliveries or connections, each of them checked. */
  readonly messages: number
  readonly seconds: number
  /** What the generator itself used of a CPU. */
  readonly cpuSeconds: number
  readonly latency?: Latency
}

/** What the generator process is told. */
export type Order = { readonly prepare: Job } | { readonly run: true } | { readonly close: true }

/** What the generator process answers. */
export type Answer =
  | { readonly ready: true }
  | { readonly result: LoadResult }
  | { readonly closed: true }
  | { readonly failed: string }
