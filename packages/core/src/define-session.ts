import type { CloseEvent } from './close.js'
import type { EchoSession } from './echo-session.js'
import { describe, EchoSessionError } from './errors.js'
import { isToken } from './header-field.js'
import type { Message } from './message.js'
import { optionError } from './options.js'
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
  /**
   * Decides, when `session.join` is called, whether the session may join that room; only `true` lets it in. Called at
   * once, not in turn with the other callbacks. A throw ends the session as in any other callback.
   */
  authorizeJoin?(session: EchoSession<Principal, Context>, room: string): Awaitable<boolean>
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
  /** Decides whether the session may join a room. */
  readonly authorizeJoin?: SessionHandler<Principal, Context>['authorizeJoin']
  /** The subprotocols that the server speaks, best first; the first that the client offers is chosen. */
  readonly subprotocols?: readonly string[]
  /** Whether a client that offers none of them is refused with 400; otherwise it connects without one. */
  readonly requireSubprotocol?: boolean
}

/** A session's behaviour as a read loop: the session ends with 1000 when it returns, with 1011 when it throws. */
export type SessionFunction<Principal = unknown, Context = unknown> = (
  session: EchoSession<Principal, Context>,
) => unknown

/**
 * What `defineSession` makes and every adapter takes. Knows no framework. One that needs no particular context fits
 * wherever one for a certain host is wanted, whatever its principal.
 * @typeParam Principal what `authorize` returns; only ever given, so any will do where `unknown` is wanted.
 * @typeParam Context the host's own object; only ever taken.
 */
export interface SessionDefinition<out Principal = unknown, in Context = unknown> {
  readonly handler: SessionHandler<Principal, Context>
  readonly run: SessionLoop<Principal, Context>['run'] | undefined
  readonly subprotocols: readonly string[]
  readonly requireSubprotocol: boolean
}

// A method, because the session that it is called with is always the one that the same definition was asked for.
interface SessionLoop<Principal, Context> {
  run(session: EchoSession<Principal, Context>): unknown
}

/** A definition for any host, with any principal. */
export type AnySessionDefinition = SessionDefinition<unknown, never>

type Input = SessionHandler & SessionSettings

const CALLBACKS = [
  'authorize',
  'authorizeJoin',
  'open',
  'message',
  'ping',
  'pong',
  'drain',
  'close',
  'error',
] as const
const SETTINGS = ['subprotocols', 'requireSubprotocol'] as const

// Reads each callback once: what was checked is what is called from then on, with its object as `this`.
function readHandler(input: Input, names: readonly (typeof CALLBACKS)[number][]): SessionHandler {
  for (const name of Object.keys(input)) {
    if (![...names, ...SETTINGS].some((known) => known === name)) {
      throw new EchoSessionError(
        'ES_ERR_HANDLER',
        `There is no session callback or setting ${describe(name)}; there are ${[...names, ...SETTINGS].join(', ')}.`,
      )
    }
  }
  const handler: Record<string, unknown> = {}
  for (const name of names) {
    const callback: unknown = input[name]
    if (callback === undefined) continue
    if (typeof callback !== 'function') {
      throw new EchoSessionError(
        'ES_ERR_HANDLER',
        `The session callback ${name} is ${describe(callback)}; allowed is a function.`,
      )
    }
    handler[name] = callback.bind(input)
  }
  return Object.freeze(handler)
}

function readSettings(input: SessionSettings): Pick<SessionDefinition, (typeof SETTINGS)[number]> {
  const { subprotocols = [], requireSubprotocol = false } = input
  const names: readonly unknown[] = Array.isArray(subprotocols) ? [...subprotocols] : [undefined]
  if (!names.every(isToken)) {
    throw optionError('subprotocols', subprotocols, "a list of tokens such as 'chat.v1'")
  }
  if (typeof requireSubprotocol !== 'boolean') {
    throw optionError('requireSubprotocol', requireSubprotocol, 'true or false')
  }
  return { subprotocols: Object.freeze(names), requireSubprotocol }
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
export function defineSession(
  input: SessionFunction | Input,
  settings: SessionSettings = {},
): SessionDefinition {
  if (typeof input === 'function') {
    if (typeof settings !== 'object' || settings === null) {
      throw new EchoSessionError(
        'ES_ERR_HANDLER',
        `defineSession takes settings as an object; it was given ${describe(settings)}.`,
      )
    }
    return Object.freeze({
      handler: readHandler(settings as Input, ['authorize', 'authorizeJoin']),
      run: input,
      ...readSettings(settings),
    })
  }
  if (typeof input !== 'object' || input === null) {
    throw new EchoSessionError(
      'ES_ERR_HANDLER',
      `defineSession takes callbacks or a function; it was given ${describe(input)}.`,
    )
  }
  return Object.freeze({
    handler: readHandler(input, CALLBACKS),
    run: undefined,
    ...readSettings(input),
  })
}
