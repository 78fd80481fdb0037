/** One row of the error table: what the error means, and what goes to the peer because of it. */
export interface ErrorRow {
  /** What went wrong, in one sentence. */
  readonly meaning: string
  /** The HTTP status that a refused handshake is answered with. */
  readonly status?: number
  /** The close code that the session ends with (RFC 6455 section 7.4.1 and the IANA registry). */
  readonly closeCode?: number
}

/** Every error code of EchoSession. Dispatch on `error.code`, never on the message or on `instanceof`. */
export const ERRORS = {
  ES_ERR_OPTION: { meaning: 'An option has an unknown name, a wrong type or a value out of range.' },
  ES_ERR_HANDLER: {
    meaning: 'defineSession was given something that is neither a function nor a set of known callbacks.',
  },
  ES_ERR_MESSAGE_TYPE: {
    meaning: 'send was given something other than a string, Uint8Array, ArrayBuffer or Message.',
  },
  ES_ERR_CLOSE_ARGUMENT: {
    meaning: 'close was given a code that may not be sent, or a reason that is not a string.',
  },
  ES_ERR_REJECTION: {
    meaning: 'reject was given a status, header or body that cannot go into an HTTP answer.',
  },
  ES_ERR_ROOM: { meaning: 'A room has a name that it cannot have, or there are too many of them.' },
  ES_ERR_ROOM_LIMIT: { meaning: 'A session is in as many rooms as maxRoomsPerSession allows.' },
  ES_ERR_LOG: {
    meaning: 'The log of rooms could not be read or written to, or a request to it is malformed.',
  },
  ES_ERR_RELAY: {
    meaning: 'The relay to the other processes failed, or was used in a way that it cannot be.',
  },
  ES_ERR_ROUTE: { meaning: 'A path pattern is malformed or already taken.' },
  ES_ERR_BINDING: { meaning: 'An adapter was bound to something that it cannot work with.' },
  ES_ERR_TARGET: { meaning: 'The request target is not a valid path.', status: 400 },
  ES_ERR_HANDSHAKE: { meaning: 'The upgrade request breaks RFC 6455 section 4.2.1.', status: 400 },
  ES_ERR_METHOD: { meaning: 'A WebSocket upgrade was asked for with a method other than GET.', status: 405 },
  ES_ERR_UPGRADE_REQUIRED: {
    meaning: 'A session route was asked for without a WebSocket upgrade.',
    status: 426,
  },
  ES_ERR_VERSION: { meaning: 'The client speaks a WebSocket version other than 13.', status: 426 },
  ES_ERR_ORIGIN: { meaning: 'The Origin of the request is not allowed.', status: 403 },
  ES_ERR_SUBPROTOCOL: {
    meaning: 'The client offers none of the subprotocols that the handler requires.',
    status: 400,
  },
  ES_ERR_CAPACITY: { meaning: 'The server has as many connections as it allows.', status: 503 },
  ES_ERR_KEY_CAPACITY: { meaning: 'This client has as many connections as it is allowed.', status: 429 },
  ES_ERR_DRAINING: { meaning: 'The server is shutting down.', status: 503 },
  ES_ERR_REJECTED: { meaning: 'authorize rejected the request.', status: 403 },
  ES_ERR_AUTHORIZE: { meaning: 'authorize failed.', status: 500 },
  ES_ERR_AUTHORIZE_TIMEOUT: { meaning: 'authorize took longer than authorizeTimeoutMs.', status: 503 },
  ES_ERR_ABORTED: { meaning: 'The client left before the handshake was over.' },
  ES_ERR_PROTOCOL: { meaning: 'The peer broke the WebSocket protocol.', closeCode: 1002 },
  ES_ERR_TRANSPORT: { meaning: 'The connection failed.', closeCode: 1006 },
  ES_ERR_MESSAGE_BYTES: { meaning: 'A message is larger than maxMessageBytes.', closeCode: 1009 },
  ES_ERR_RATE: { meaning: 'The peer sends more messages or bytes per second than allowed.', closeCode: 1008 },
  ES_ERR_QUEUE: {
    meaning: 'More messages wait than maxQueuedMessages allows for, and the transport cannot stop reading.',
    closeCode: 1008,
  },
  ES_ERR_MESSAGE_TIMEOUT: { meaning: 'A message was not finished within messageTimeoutMs.', closeCode: 1008 },
  ES_ERR_SLOW_CONSUMER: { meaning: 'The peer does not read what it is sent.', closeCode: 1013 },
  ES_ERR_HEARTBEAT: { meaning: 'The peer did not answer a ping within heartbeatTimeoutMs.', closeCode: 1006 },
  ES_ERR_IDLE: { meaning: 'No message went either way for idleTimeoutMs.', closeCode: 1001 },
  ES_ERR_HANDLER_THREW: { meaning: 'A handler threw or rejected.', closeCode: 1011 },
} as const satisfies Record<string, ErrorRow>

/** A code from {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS

/** What {@link EchoSessionError} takes besides its code and message. */
export interface EchoSessionErrorOptions {
  /** The error underneath. */
  readonly cause?: unknown
  /** The HTTP status, where it differs from the table's. */
  readonly status?: number
  /** The close code, where it differs from the table's. */
  readonly closeCode?: number
}

/** The one error class of EchoSession. */
export class EchoSessionError extends Error {
  override readonly name = 'EchoSessionError'
  /** Which error this is: a key of {@link ERRORS}. */
  readonly code: ErrorCode
  /** The HTTP status of the refusal, for an error of the handshake. */
  readonly status?: number
  /** The close code, for an error of a session. */
  readonly closeCode?: number

  constructor(code: ErrorCode, message: string, options: EchoSessionErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    const row: ErrorRow = ERRORS[code]
    const status = options.status ?? row.status
    if (status !== undefined) this.status = status
    const closeCode = options.closeCode ?? row.closeCode
    if (closeCode !== undefined) this.closeCode = closeCode
  }
}

/** Makes a TypeError that carries a code of the table: the answer to a wrong argument. */
export function argumentError(code: ErrorCode, message: string): TypeError & { readonly code: ErrorCode } {
  return Object.assign(new TypeError(message), { code })
}

/** Shows a value that somebody passed in, short enough for an error message. Never throws. */
export function describe(value: unknown): string {
  try {
    return show(value)
  } catch {
    // A proxy may throw at whatever is asked of it.
    return 'an object that cannot be looked at'
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'bigint') return `${String(value).slice(0, 60)}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) {
    return `an object (${Object.prototype.toString.call(value).slice(8, -1).slice(0, 60)})`
  }
  return String(value)
}
