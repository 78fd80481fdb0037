import type { SessionsOptions } from './options.js'

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
    allowed: "'close', 'drop' or 'latest'",
    meaning:
      'What happens when `maxBufferedBytes` is reached: end with 1013, drop the message, or keep the latest of its `key`.',
  },
  maxRoomsPerSession: count(128, 'Rooms that one session may be in at once.'),
  maxRoomNameLength: {
    default: 128,
    range: [1, 1_024],
    whole: true,
    allowed: 'a whole number from 1 to 1024',
    meaning: 'The longest name of a room, in UTF-16 units.',
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
  fastPath: {
    default: true,
    allowed: 'true or false',
    meaning:
      'Whether the transport takes its shorter ways; off, every byte goes through its WebSocket library.',
  },
  relay: {
    default: undefined,
    allowed: 'a relay, such as createClusterRelay returns',
    meaning: 'Takes messages to rooms to the other processes of the application, and theirs to this one.',
  },
  relayTimeoutMs: delay(5_000, 'How long the relay may take for a message or a subscription.'),
  maxRelayQueuedBytes: bytes(
    16_777_216,
    'Bytes that may wait for the relay; what is too much is not relayed.',
  ),
  presenceTimeoutMs: {
    default: 15_000,
    range: [100, DAY_MS],
    allowed: 'milliseconds from 100 to 86400000',
    meaning: 'How long another process may be silent before its sessions are no longer present.',
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
