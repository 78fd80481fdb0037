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

/** Thrown by {@link reject}; the engine turns it into the answer. */
export class Rejection extends EchoSessionError {
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>
  /** The body of the answer. */
  readonly body: string

  constructor(status: number, options: RejectOptions) {
    super('ES_ERR_REJECTED', `authorize rejected the request with status ${status}.`, { status })
    this.headers = options.headers ?? {}
    this.body = options.body ?? statusBody(status)
  }
}

function statusBody(status: number): string {
  return `${status} ${STATUS_NAMES[status] ?? 'Refused'}\n`
}

/**
 * Refuses the request from within `authorize`: the client gets this status, these headers and this body instead of 101.
 * A 401 without `WWW-Authenticate` gets `Bearer` (RFC 9110 section 15.5.2 wants one).
 * @throws always; with `ES_ERR_REJECTION` when the status is not 300-599 or a header would break the answer.
 */
export function reject(status: number, options: RejectOptions = {}): never {
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw argumentError(
      'ES_ERR_REJECTION',
      `reject takes an HTTP status from 300 to 599; it was given ${describe(status)}.`,
    )
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (!isToken(name) || !isFieldValue(value)) {
      throw argumentError(
        'ES_ERR_REJECTION',
        `reject was given the header ${describe(name)}, which cannot go into an HTTP answer: names are tokens, values have no control characters.`,
      )
    }
  }
  if (options.body !== undefined && typeof options.body !== 'string') {
    throw argumentError(
      'ES_ERR_REJECTION',
      `reject takes a body that is a string; it was given ${describe(options.body)}.`,
    )
  }
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
