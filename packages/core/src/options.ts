import type { Clock } from './clock.js'
import { describe, EchoSessionError } from './errors.js'
import type { Observer } from './observer.js'
import { OPTIONS, type OptionRow } from './option-table.js'
import { type AllowedOrigins, isCanonicalOrigin } from './origin.js'
import type { Relay } from './relay.js'
import type { SessionRequest } from './session-request.js'

/**
 * What happens to a session whose peer does not read: end it with 1013; drop what no longer fits; or keep, of what no
 * longer fits, the latest message of each key.
 */
export type SlowConsumerPolicy = 'close' | 'drop' | 'latest'

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
  /** Rooms that one session may be in at once. */
  readonly maxRoomsPerSession?: number
  /** The longest name of a room, in UTF-16 units. */
  readonly maxRoomNameLength?: number
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
  /** Whether the transport takes its shorter ways; off, every byte goes through its WebSocket library. */
  readonly fastPath?: boolean
  /** Takes messages to rooms to the other processes of the application, and theirs to this one. */
  readonly relay?: Relay | undefined
  /** How long the relay may take for a message or a subscription, in milliseconds. */
  readonly relayTimeoutMs?: number
  /** Bytes that may wait for the relay; what is too much is not relayed. */
  readonly maxRelayQueuedBytes?: number
  /**
   * How long another process may be silent before its sessions are no longer present, in milliseconds; each says that it
   * is alive three times as often.
   */
  readonly presenceTimeoutMs?: number
  /** Told of everything that happens; more can be added with `observe`. */
  readonly observer?: Observer | undefined
  /** Where time comes from; by default the process's monotonic clock. */
  readonly clock?: Clock | undefined
}

type Settings = { readonly [Name in keyof SessionsOptions]-?: Exclude<SessionsOptions[Name], undefined> }

/** The options with every default filled in. */
export type ResolvedOptions = Omit<Settings, 'connectionKey' | 'relay' | 'observer' | 'clock'> &
  Pick<SessionsOptions, 'connectionKey' | 'relay' | 'observer' | 'clock'>

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

const INF = Number.POSITIVE_INFINITY

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  connectionKey: (value) => typeof value === 'function',
  allowedOrigins: checkOrigins,
  slowConsumer: (value) => value === 'close' || value === 'drop' || value === 'latest',
  relay: (value) => hasMethods(value, ['open']) && typeof (value as Relay).maxPayloadBytes === 'number',
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
