import { argumentError, describe, EchoSessionError, ERRORS, type ErrorCode, type ErrorRow } from './errors.js'
import { isFieldValue, isToken } from './header-field.js'

/** A handshake that is answered with an HTTP status instead of 101. */
export interface Refusal {
  readonly accepted: false
  /** Why, as a key of the error table. */
  readonly code: ErrorCode
  /** The HTTP status. */
  readonly status: number
  /** Headers of the answer, by name. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, `text/plain`. */
  readonly body: string
  /** Set when it is the server's own fault (status 500): the host's error handler should see it. */
  readonly fault?: EchoSessionError
}

/** What {@link reject} takes besides the status. */
export interface RejectOptions {
  /** Headers of the answer, such as `WWW-Authenticate` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body, `text/plain`. Defaults to the status and its name. */
  readonly body?: string
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

// The same in every copy of this package that a process has loaded, where `instanceof` would tell them apart.
const REJECTION = Symbol.for('@echosession/core.rejection')
/** Headers that say where the answer ends; the transport writes them, and a second opinion would let one be forged. */
const FRAMING = ['connection', 'content-length', 'transfer-encoding']

/** Thrown by {@link reject}; the engine turns it into the answer. */
export class Rejection extends EchoSessionError {
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>
  /** The body of the answer. */
  readonly body: string

  /** @throws TypeError with `ES_ERR_REJECTION`. */
  constructor(status: number, options: RejectOptions) {
    checkStatus(status)
    super('ES_ERR_REJECTED', `authorize rejected the request with status ${status}.`, { status })
    this.headers = readHeaders(options?.headers)
    this.body = readBody(options?.body) ?? statusBody(status)
  }

  get [REJECTION](): true {
    return true
  }
}

function statusBody(status: number): string {
  return `${status} ${STATUS_NAMES[status] ?? 'Refused'}\n`
}

function checkStatus(status: unknown): void {
  // 304 has no body, and means something only where a GET was conditional.
  const allowed = typeof status === 'number' && Number.isInteger(status) && status >= 300 && status <= 599
  if (allowed && status !== 304) return
  throw argumentError(
    'ES_ERR_REJECTION',
    `reject takes an HTTP status from 300 to 599, other than 304; it was given ${describe(status)}.`,
  )
}

// Reads each header once, so that what was checked is what goes out.
function readHeaders(headers: unknown = {}): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    throw argumentError(
      'ES_ERR_REJECTION',
      `reject takes headers as an object of names and values; it was given ${describe(headers)}.`,
    )
  }
  const entries = Object.entries(headers).map(([name, value]: [string, unknown]): [string, string] => {
    if (!isToken(name) || !isFieldValue(value)) {
      throw argumentError(
        'ES_ERR_REJECTION',
        `reject was given the header ${describe(name)}, which cannot go into an HTTP answer: names are tokens, values are strings without control characters.`,
      )
    }
    if (FRAMING.includes(name.toLowerCase())) {
      throw argumentError(
        'ES_ERR_REJECTION',
        `reject was given the header ${describe(name)}; the transport writes ${FRAMING.join(', ')} itself, leave them out.`,
      )
    }
    return [name, value]
  })
  return Object.freeze(Object.fromEntries(entries))
}

function readBody(body: unknown): string | undefined {
  if (body === undefined || typeof body === 'string') return body
  throw argumentError(
    'ES_ERR_REJECTION',
    `reject takes a body that is a string; it was given ${describe(body)}.`,
  )
}

/** Tells whether an error was thrown by {@link reject}. Never throws, whatever was thrown. */
export function isRejection(error: unknown): error is Rejection {
  try {
    if (typeof error !== 'object' || error === null) return false
    const { [REJECTION]: marked, status, headers, body } = error as Partial<Rejection>
    if (marked !== true || typeof body !== 'string') return false
    checkStatus(status)
    readHeaders(headers)
    return true
  } catch {
    // A proxy that answers to everything, or throws at it, rejects nothing.
    return false
  }
}

/**
 * Refuses the request from within `authorize`: the client gets this status, these headers and this body instead of 101.
 * A 401 without `WWW-Authenticate` gets `Bearer` (RFC 9110 section 15.5.2 wants one).
 * @throws always; with `ES_ERR_REJECTION` when the status is not 300-599 (or is 304), or a header would break the answer.
 */
export function reject(status: number, options: RejectOptions = {}): never {
  throw new Rejection(status, options)
}

/** Makes the answer for a refusal of the engine's own. */
export function refuse(code: ErrorCode, headers: Readonly<Record<string, string>> = {}): Refusal {
  const row: ErrorRow = ERRORS[code]
  const status = row.status ?? 400
  return { accepted: false, code, status, headers, body: statusBody(status) }
}

/** Makes the answer for a refusal that may not be one a little later. */
export function retryLater(code: ErrorCode, retryAfterMs: number): Refusal {
  return refuse(code, { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) })
}

/** Turns a rejection of `authorize` into the answer. */
export function refuseRejected(rejection: Rejection): Refusal {
  const status = rejection.status ?? 403
  const named = Object.keys(rejection.headers).some((name) => name.toLowerCase() === 'www-authenticate')
  const headers =
    status === 401 && !named ? { ...rejection.headers, 'WWW-Authenticate': 'Bearer' } : rejection.headers
  return { accepted: false, code: 'ES_ERR_REJECTED', status, headers, body: rejection.body }
}

/** Makes the answer for an `authorize` that threw. The error underneath stays with the server. */
export function refuseFault(cause: unknown): Refusal {
  const fault = new EchoSessionError('ES_ERR_AUTHORIZE', 'The session could not be authorized.', { cause })
  // Hosts print an unhandled error's stack into the answer while developing; this one has none to print.
  fault.stack = `${fault.name} [${fault.code}]: ${fault.message}`
  return { ...refuse('ES_ERR_AUTHORIZE'), fault }
}
