import type { Clock } from './clock.js'
import { describe, EchoSessionError } from './errors.js'
import type { Observer } from './observer.js'
import { type AllowedOrigins, isCanonicalOrigin } from './origin.js'
import type { SessionRequest } from './session-request.js'

/** What happens to a session whose peer does not read: end it with 1013, or drop what no longer fits. */
export type SlowConsumerPolicy = 'close' | 'drop'

/** The options of `createSessions`. Each has a safe default; `Infinity` lifts a limit, `0` turns a timer off. */
export interface SessionsOptions {
  /** Connections at once, pending handshakes included; one more gets 503. */
  readonly maxConnections?: number
  /** Connections at once under one `connectionKey`; one more gets 429. */
  readonly maxConnectionsPerKey?: number
  /** What connections are counted under; by default the client's address (IPv6: its /64). */
  readonly connectionKey?: ((request: SessionRequest) => string) | undefined
  /** The `Retry-After` of a 503 or 429, in milliseconds; sent in whole seconds. */
  readonly retryAfterMs?: number
  /** Which origins may connect; others get 403 (RFC 6455 section 10.2). */
  readonly allowedOrigins?: AllowedOrigins
  /** Whether a request without an Origin, which comes from no browser, is refused too. */
  readonly requireOrigin?: boolean
  /** How many proxies stand in front and set `X-Forwarded-*`; 0 believes no such header. */
  readonly trustedProxyHops?: number
  /** How long `authorize` may take before the client gets 503, in milliseconds. */
  readonly authorizeTimeoutMs?: number
  /** The largest message taken from a peer, in bytes, after decompression; a larger one ends the session with 1009. */
  readonly maxMessageBytes?: number
  /** The most fragments that one message may come in; more end the session with 1008. */
  readonly maxFragments?: number
  /** How long a message may stay unfinished before the session ends with 1008, in milliseconds. */
  readonly messageTimeoutMs?: number
  /** Messages per second taken from a peer, pings and pongs included; more end the session with 1008. */
  readonly maxMessagesPerSecond?: number
  /** Payload bytes per second taken from a peer; more end the session with 1008. */
  readonly maxBytesPerSecond?: number
  /** Messages that wait for a slow handler before reading stops. */
  readonly maxQueuedMessages?: number
  /** Bytes that wait for a slow handler before reading stops. */
  readonly maxQueuedBytes?: number
  /** Bytes that wait for a slow peer before `slowConsumer` applies. One message is always taken when nothing waits. */
  readonly maxBufferedBytes?: number
  /** Bytes that wait for a slow peer before `send` answers false and the session is not read from. */
  readonly highWaterBytes?: number
  /** What happens when `maxBufferedBytes` is reached. */
  readonly slowConsumer?: SlowConsumerPolicy
  /** Time between pings, in milliseconds. */
  readonly heartbeatIntervalMs?: number
  /** How long a peer may take to answer a ping before it is dropped, in milliseconds. */
  readonly heartbeatTimeoutMs?: number
  /** How long a session may go without a message either way before it ends with 1001, in milliseconds. */
  readonly idleTimeoutMs?: number
  /** How long the peer may take to finish the closing handshake before it is dropped, in milliseconds. */
  readonly closeTimeoutMs?: number
  /** How long `drain` waits for peers and handlers, in milliseconds. */
  readonly drainTimeoutMs?: number
  /** The time over which `drain` spreads its close frames, in milliseconds. */
  readonly drainSpreadMs?: number
  /** Whether permessage-deflate (RFC 7692) is offered, where the transport can. */
  readonly compression?: boolean
  /** Told of everything that happens; more can be added with `observe`. */
  readonly observer?: Observer | undefined
  /** Where time comes from; by default the process's monotonic clock. */
  readonly clock?: Clock | undefined
}

/** What may stand in for an option that is checked by more than its type. */
export interface OptionRow {
  /** The default. */
  readonly default: unknown
  /** The least and the greatest number, both allowed. */
  readonly range?: readonly [number, number]
  /** Whether the number has to be whole. */
  readonly whole?: boolean
  /** What is allowed, in words. */
  readonly allowed: string
  /** What the option decides, for the generated table. */
  readonly meaning: string
}

const INF = Number.POSITIVE_INFINITY
const DAY_MS = 86_400_000
const INT32 = 2_147_483_647

const count = (value: number, meaning: string): OptionRow => ({
  default: value,
  range: [1, INF],
  whole: true,
  allowed: 'a whole number from 1, or Infinity',
  meaning,
})
const bytes = count
const timer = (value: number, meaning: string): OptionRow => ({
  default: value,
  range: [0, DAY_MS],
  allowed: 'milliseconds from 0 (off) to 86400000',
  meaning,
})
const delay = (value: number, meaning: string): OptionRow => ({
  default: value,
  range: [1, DAY_MS],
  allowed: 'milliseconds from 1 to 86400000',
  meaning,
})

/** Every option with its default and what is allowed. The README's table is generated from this one. */
export const OPTIONS = {
  maxConnections: count(10_000, 'Connections at once, pending handshakes included; one more gets 503.'),
  maxConnectionsPerKey: count(INF, 'Connections at once under one `connectionKey`; one more gets 429.'),
  connectionKey: {
    default: undefined,
    allowed: 'a function of the request that returns a string',
    meaning: "What connections are counted under; by default the client's address (IPv6: its /64).",
  },
  retryAfterMs: delay(5_000, 'The `Retry-After` of a 503 or 429.'),
  allowedOrigins: {
    default: 'same-origin',
    allowed: "'same-origin', '*', a list of origins such as 'https://app.example.com', or a function",
    meaning: 'Which origins may connect; others get 403.',
  },
  requireOrigin: {
    default: false,
    allowed: 'true or false',
    meaning: 'Whether a request without an Origin, which comes from no browser, is refused too.',
  },
  trustedProxyHops: {
    default: 0,
    range: [0, 16],
    whole: true,
    allowed: 'a whole number from 0 to 16',
    meaning: 'How many proxies stand in front and set `X-Forwarded-*`; 0 believes no such header.',
  },
  authorizeTimeoutMs: delay(10_000, 'How long `authorize` may take before the client gets 503.'),
  maxMessageBytes: {
    default: 1_048_576,
    range: [1, INT32],
    whole: true,
    allowed: 'a whole number from 1 to 2147483647',
    meaning:
      'The largest message taken from a peer, after decompression; a larger one ends the session with 1009.',
  },
  maxFragments: {
    default: 1_024,
    range: [1, INT32],
    whole: true,
    allowed: 'a whole number from 1 to 2147483647',
    meaning: 'The most fragments that one message may come in; more end the session with 1008.',
  },
  messageTimeoutMs: timer(
    30_000,
    'How long a message may stay unfinished before the session ends with 1008.',
  ),
  maxMessagesPerSecond: count(
    INF,
    'Messages per second taken from a peer, pings and pongs included; more end it with 1008.',
  ),
  maxBytesPerSecond: bytes(
    INF,
    'Payload bytes per second taken from a peer; more end the session with 1008.',
  ),
  maxQueuedMessages: count(64, 'Messages that wait for a slow handler before reading stops.'),
  maxQueuedBytes: bytes(1_048_576, 'Bytes that wait for a slow handler before reading stops.'),
  maxBufferedBytes: bytes(1_048_576, 'Bytes that wait for a slow peer before `slowConsumer` applies.'),
  highWaterBytes: bytes(
    65_536,
    'Bytes that wait for a slow peer before `send` answers false and reading stops.',
  ),
  slowConsumer: {
    default: 'close',
    allowed: "'close' or 'drop'",
    meaning: 'What happens when `maxBufferedBytes` is reached: end with 1013, or drop the message.',
  },
  heartbeatIntervalMs: timer(25_000, 'Time between pings.'),
  heartbeatTimeoutMs: delay(20_000, 'How long a peer may take to answer a ping before it is dropped.'),
  idleTimeoutMs: timer(0, 'How long a session may go without a message either way before it ends with 1001.'),
  closeTimeoutMs: delay(
    5_000,
    'How long the peer may take to finish the closing handshake before it is dropped.',
  ),
  drainTimeoutMs: delay(10_000, 'How long `drain` waits for peers and handlers.'),
  drainSpreadMs: timer(1_000, 'The time over which `drain` spreads its close frames.'),
  compression: {
    default: false,
    allowed: 'true or false',
    meaning: 'Whether permessage-deflate is offered, where the transport can.',
  },
  observer: {
    default: undefined,
    allowed: 'an observer object',
    meaning: 'Told of everything that happens; more can be added with `observe`.',
  },
  clock: {
    default: undefined,
    allowed: 'an object with now, setTimeout and clearTimeout',
    meaning: "Where time comes from; by default the process's monotonic clock.",
  },
} as const satisfies Record<keyof SessionsOptions, OptionRow>

type Settings = { readonly [Name in keyof SessionsOptions]-?: Exclude<SessionsOptions[Name], undefined> }

/** The options with every default filled in. */
export type ResolvedOptions = Omit<Settings, 'connectionKey' | 'observer' | 'clock'> &
  Pick<SessionsOptions, 'connectionKey' | 'observer' | 'clock'>

/** Makes the error for an option that is not allowed. */
export function optionError(name: string, value: unknown, allowed: string): EchoSessionError {
  return new EchoSessionError(
    'ES_ERR_OPTION',
    `The option ${name} is ${describe(value)}; allowed is ${allowed}.`,
  )
}

/** @throws {@link EchoSessionError} with `ES_ERR_OPTION` when this is no object, or one with an unknown name. */
export function checkOptionNames(options: unknown, names: readonly string[]): void {
  const list = names.join(', ')
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new EchoSessionError(
      'ES_ERR_OPTION',
      `The options are ${describe(options)}; allowed is an object with any of ${list}.`,
    )
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new EchoSessionError(
        'ES_ERR_OPTION',
        `There is no option ${describe(name)}; the options are ${list}.`,
      )
    }
  }
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Record<string, unknown>
  return names.every((name) => typeof record[name] === 'function')
}

function checkOrigins(value: unknown): boolean {
  if (value === 'same-origin' || value === '*' || typeof value === 'function') return true
  return (
    Array.isArray(value) &&
    value.every((entry) => typeof entry === 'string' && (entry === 'same-origin' || isCanonicalOrigin(entry)))
  )
}

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  connectionKey: (value) => typeof value === 'function',
  allowedOrigins: checkOrigins,
  slowConsumer: (value) => value === 'close' || value === 'drop',
  observer: (value) => typeof value === 'object' && value !== null,
  clock: (value) => hasMethods(value, ['now', 'setTimeout', 'clearTimeout']),
}

function isAllowed(name: string, row: OptionRow, value: unknown): boolean {
  const check = CHECKS[name]
  if (check !== undefined) return check(value)
  if (typeof row.default === 'boolean') return typeof value === 'boolean'
  if (typeof value !== 'number' || Number.isNaN(value)) return false
  const [least, greatest] = row.range ?? [0, INF]
  return value >= least && value <= greatest && (!row.whole || value === INF || Number.isInteger(value))
}

/**
 * Fills in the defaults.
 * @throws {@link EchoSessionError} with `ES_ERR_OPTION` that names the option, its value and what is allowed.
 */
export function resolveOptions(options: SessionsOptions): ResolvedOptions {
  checkOptionNames(options, Object.keys(OPTIONS))
  const resolved: Record<string, unknown> = {}
  const rows: Readonly<Record<string, OptionRow>> = OPTIONS
  for (const [name, row] of Object.entries(rows)) {
    const value = (options as Record<string, unknown>)[name]
    if (value !== undefined && !isAllowed(name, row, value)) throw optionError(name, value, row.allowed)
    resolved[name] = value === undefined ? row.default : value
  }
  const settings = resolved as unknown as ResolvedOptions
  if (settings.highWaterBytes > settings.maxBufferedBytes) {
    // A smaller buffer alone is a sensible thing to ask for; the mark then moves down with it.
    if (options.highWaterBytes !== undefined) {
      throw optionError(
        'highWaterBytes',
        settings.highWaterBytes,
        `at most maxBufferedBytes (${settings.maxBufferedBytes})`,
      )
    }
    resolved.highWaterBytes = settings.maxBufferedBytes
  }
  // What was checked is what counts, whatever happens to the list that it came in.
  if (Array.isArray(resolved.allowedOrigins)) {
    resolved.allowedOrigins = Object.freeze([...resolved.allowedOrigins])
  }
  return Object.freeze(settings)
}
