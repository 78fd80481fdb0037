import type { CloseEvent } from './close.js'
import type { EchoSession } from './echo-session.js'
import { describe, EchoSessionError } from './errors.js'
import { isToken } from './header-field.js'
import type { Message } from './message.js'
import type { SessionRequest } from './session-request.js'

/** What `authorize` gets besides the request. */
export interface AuthorizeContext<Context> {
  /** Aborted when the client leaves, the deadline passes or the server drains. */
  readonly signal: AbortSignal
  /** The host's own object for the request. */
  readonly context: Context
}

type Awaitable<T> = T | Promise<T>

/**
 * A session's behaviour as callbacks. One call runs at a time, in order; each may return a promise, and the next waits
 * for it. A throw or rejection calls `error` and ends that session, and only that one, with 1011.
 */
export interface SessionHandler<Principal = unknown, Context = unknown> {
  /**
   * Decides, before the 101, whether the client may connect; what it returns becomes `session.principal`. Call
   * `reject(status)` to refuse. A throw is answered with 500 and nothing more.
   */
  authorize?(request: SessionRequest, context: AuthorizeContext<Context>): Awaitable<Principal>
  /** The session has opened. No message is delivered before this settles. */
  open?(session: EchoSession<Principal, Context>): unknown
  /** A message has come. */
  message?(session: EchoSession<Principal, Context>, message: Message): unknown
  /** A ping has come; it was answered already. */
  ping?(session: EchoSession<Principal, Context>, payload: Uint8Array): unknown
  /** A pong has come. */
  pong?(session: EchoSession<Principal, Context>, payload: Uint8Array): unknown
  /** After `send` answered false: the peer has caught up. */
  drain?(session: EchoSession<Principal, Context>): unknown
  /** The session is over. Called exactly once for each `open`, after everything else. */
  close?(session: EchoSession<Principal, Context>, event: CloseEvent): unknown
  /** A callback threw or rejected. Calling `session.close` here chooses another code than 1011. */
  error?(session: EchoSession<Principal, Context>, error: unknown): unknown
}

/** The handshake's part of a definition, for a session that is a function. */
export interface SessionSettings<Principal = unknown, Context = unknown> {
  /** Decides, before the 101, whether the client may connect. */
  readonly authorize?: SessionHandler<Principal, Context>['authorize']
  /** The subprotocols that the server speaks, best first; the first that the client offers is chosen. */
  readonly subprotocols?: readonly string[]
  /** Whether a client that offers none of them is refused with 400; otherwise it connects without one. */
  readonly requireSubprotocol?: boolean
}

/** A session's behaviour as a read loop: the session ends with 1000 when it returns, with 1011 when it throws. */
export type SessionFunction<Principal = unknown, Context = unknown> = (
  session: EchoSession<Principal, Context>,
) => unknown

/** What `defineSession` makes and every adapter takes. Knows no framework. */
export interface SessionDefinition<Principal = unknown, Context = unknown> {
  readonly handler: SessionHandler<Principal, Context>
  readonly run: SessionFunction<Principal, Context> | undefined
  readonly subprotocols: readonly string[]
  readonly requireSubprotocol: boolean
}

const CALLBACKS = ['authorize', 'open', 'message', 'ping', 'pong', 'drain', 'close', 'error'] as const
const SETTINGS = ['subprotocols', 'requireSubprotocol'] as const

function check(input: Record<string, unknown>, callbacks: readonly string[]): void {
  for (const [name, value] of Object.entries(input)) {
    const known = callbacks.includes(name)
    if (!known && !(SETTINGS as readonly string[]).includes(name)) {
      throw new EchoSessionError(
        'ES_ERR_HANDLER',
        `There is no session callback or setting ${describe(name)}; there are ${[...callbacks, ...SETTINGS].join(', ')}.`,
      )
    }
    if (known && value !== undefined && typeof value !== 'function') {
      throw new EchoSessionError(
        'ES_ERR_HANDLER',
        `The session callback ${name} is ${describe(value)}; allowed is a function.`,
      )
    }
  }
  const { subprotocols, requireSubprotocol } = input
  if (subprotocols !== undefined && !(Array.isArray(subprotocols) && subprotocols.every(isToken))) {
    throw new EchoSessionError(
      'ES_ERR_OPTION',
      `The setting subprotocols is ${describe(subprotocols)}; allowed is a list of tokens such as 'chat.v1'.`,
    )
  }
  if (requireSubprotocol !== undefined && typeof requireSubprotocol !== 'boolean') {
    throw new EchoSessionError(
      'ES_ERR_OPTION',
      `The setting requireSubprotocol is ${describe(requireSubprotocol)}; allowed is true or false.`,
    )
  }
}

/**
 * Defines what a session does, once, for every host.
 * @example
 * ```ts
 * import { defineSession } from '@echosession/core'
 *
 * export const echo = defineSession({
 *   message(session, message) {
 *     session.send(message)
 *   },
 * })
 * ```
 * @throws {@link EchoSessionError} with `ES_ERR_HANDLER` or `ES_ERR_OPTION`.
 */
export function defineSession<Principal = unknown, Context = unknown>(
  handler: SessionHandler<Principal, Context> & SessionSettings<Principal, Context>,
): SessionDefinition<Principal, Context>
export function defineSession<Principal = unknown, Context = unknown>(
  run: SessionFunction<Principal, Context>,
  settings?: SessionSettings<Principal, Context>,
): SessionDefinition<Principal, Context>
export function defineSession<Principal, Context>(
  input:
    | SessionFunction<Principal, Context>
    | (SessionHandler<Principal, Context> & SessionSettings<Principal, Context>),
  settings: SessionSettings<Principal, Context> = {},
): SessionDefinition<Principal, Context> {
  if (typeof input === 'function') {
    check({ ...settings }, ['authorize'])
    return {
      handler: settings.authorize === undefined ? {} : { authorize: settings.authorize },
      run: input,
      subprotocols: [...(settings.subprotocols ?? [])],
      requireSubprotocol: settings.requireSubprotocol ?? false,
    }
  }
  if (typeof input !== 'object' || input === null) {
    throw new EchoSessionError(
      'ES_ERR_HANDLER',
      `defineSession takes callbacks or a function; it was given ${describe(input)}.`,
    )
  }
  check({ ...input }, CALLBACKS)
  return {
    handler: input,
    run: undefined,
    subprotocols: [...(input.subprotocols ?? [])],
    requireSubprotocol: input.requireSubprotocol ?? false,
  }
}
