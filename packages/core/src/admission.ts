import type { TimerHandle } from './clock.js'
import type { AnySessionDefinition, AuthorizeContext } from './define-session.js'
import { argumentError, describe, EchoSessionError, type ErrorCode } from './errors.js'
import { checkHandshake } from './handshake.js'
import { isOriginAllowed } from './origin.js'
import type { SocketPort, SocketSink } from './port.js'
import { isRejection, type Refusal, refuse, refuseFault, refuseRejected, retryLater } from './refusal.js'
import { addressKey } from './remote-address.js'
import type { AdmissionEngine } from './session-engine.js'
import { type RequestSource, SessionRequest } from './session-request.js'
import { ignore, isThenable } from './thenable.js'

/** A handshake that may be answered with 101. */
export interface Admitted {
  readonly accepted: true
  /** The subprotocol to answer with; empty for none (RFC 6455 section 4.2.2). */
  readonly protocol: string
}

/** The answer to an upgrade request. */
export type Answer = Admitted | Refusal

/** One upgrade request on its way through the gates. The transport owns it until it is opened or abandoned. */
export interface Attempt {
  /** The answer, at once where nothing had to be waited for. Never rejects. */
  readonly answer: Answer | Promise<Answer>
  /**
   * Opens the session of an accepted attempt. Call it once the 101 is out, wire the sink, then call `start`.
   * @throws {@link EchoSessionError} with `ES_ERR_BINDING` for an attempt that is not accepted, was abandoned or is open.
   */
  open(port: SocketPort): { readonly sink: SocketSink; start(): void }
  /** The client has left, or the host answered something else. Frees everything; safe at any time. */
  abandon(): void
}

const ACCEPTED: Admitted = Object.freeze({ accepted: true, protocol: '' })

type Phase = 'pending' | 'accepted' | 'over'

// An abort signal costs more than the rest of an admission, and most `authorize` never look at it.
class AuthorizeCall implements AuthorizeContext<never> {
  readonly context: never
  #controller: AbortController | undefined
  #aborted = false

  constructor(context: unknown) {
    // The context is the one that the definition was made for: `admit` takes no other.
    this.context = context as never
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#aborted) this.#controller.abort()
    return this.#controller.signal
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort()
  }
}

/** Decides on one upgrade request: drain, handshake, origin, subprotocol, caps, `authorize`. */
export class Admission implements Attempt {
  readonly answer: Answer | Promise<Answer>
  readonly #engine: AdmissionEngine
  readonly #definition: AnySessionDefinition
  readonly #request: SessionRequest
  readonly #context: unknown
  #phase: Phase = 'pending'
  #key: string | undefined
  #protocol = ''
  #principal: unknown
  #call: AuthorizeCall | undefined
  #timer: TimerHandle | undefined
  #settled: Answer | undefined
  #resolve: ((answer: Answer) => void) | undefined

  constructor(
    engine: AdmissionEngine,
    definition: AnySessionDefinition,
    source: RequestSource,
    context: unknown,
  ) {
    this.#engine = engine
    this.#definition = definition
    this.#request = new SessionRequest(source, engine.options.trustedProxyHops)
    this.#context = context
    this.answer = this.#decide(source)
  }

  open(port: SocketPort): { readonly sink: SocketSink; start(): void } {
    if (this.#phase !== 'accepted') {
      throw new EchoSessionError(
        'ES_ERR_BINDING',
        'An attempt was opened that is not accepted, was abandoned or is open already; check its answer first.',
      )
    }
    this.#phase = 'over'
    return this.#engine.opened(this, {
      calls: this.#engine.callsOf(this.#definition),
      request: this.#request,
      context: this.#context,
      principal: this.#principal,
      protocol: this.#protocol,
      port,
      key: this.#key as string,
    })
  }

  abandon(): void {
    this.#settle({ ...refuse('ES_ERR_ABORTED'), status: 0 })
  }

  /** The server drains: an attempt that still waits is refused. Tells whether this one did. */
  drain(): boolean {
    if (this.#phase !== 'pending') return false
    this.#settle(this.#retryLater('ES_ERR_DRAINING'))
    return true
  }

  #decide(source: RequestSource): Answer | Promise<Answer> {
    try {
      const refusal = this.#gate(source)
      return refusal === undefined ? this.#authorize() : this.#settle(refusal)
    } catch (error) {
      // The user's predicate, key function or `authorize` has thrown.
      return this.#settle(this.#judge(error))
    }
  }

  #gate(source: RequestSource): Refusal | undefined {
    if (this.#engine.draining) return this.#retryLater('ES_ERR_DRAINING')
    const malformed = checkHandshake(source, this.#engine.takeChecked(source))
    if (malformed !== undefined) return malformed
    const { options, capacity } = this.#engine
    const { allowedOrigins, requireOrigin } = options
    if (!isOriginAllowed(source.headerValues('origin'), this.#request, allowedOrigins, requireOrigin)) {
      return refuse('ES_ERR_ORIGIN')
    }
    const { subprotocols, requireSubprotocol } = this.#definition
    if (subprotocols.length > 0) {
      const offered = this.#request.subprotocols
      this.#protocol = subprotocols.find((name) => offered.includes(name)) ?? ''
      if (this.#protocol === '' && requireSubprotocol) return refuse('ES_ERR_SUBPROTOCOL')
    }
    const key = capacity.perKey ? this.#readKey() : ''
    // Functions of the user's have run since this was last asked.
    if (this.#engine.draining) return this.#retryLater('ES_ERR_DRAINING')
    const place = capacity.take(key)
    if (place === 'full') return this.#retryLater('ES_ERR_CAPACITY')
    if (place === 'key-full') return this.#retryLater('ES_ERR_KEY_CAPACITY')
    this.#key = key
    this.#engine.pending.add(this)
    return undefined
  }

  #readKey(): string {
    const { connectionKey } = this.#engine.options
    const key: unknown = connectionKey?.(this.#request)
    if (key === undefined) return addressKey(this.#request.remoteAddress)
    if (typeof key === 'string') return key
    // Each promise would be a key of its own, and the cap none.
    if (isThenable(key)) void ignore(key)
    throw argumentError(
      'ES_ERR_OPTION',
      `connectionKey returned ${describe(key)}; allowed is a string, or undefined for the client's address.`,
    )
  }

  #authorize(): Answer | Promise<Answer> {
    const { authorize } = this.#definition.handler
    if (authorize === undefined) return this.#settle(undefined)
    const call = new AuthorizeCall(this.#context)
    this.#call = call
    const principal = authorize(this.#request, call)
    if (!isThenable(principal)) return this.#settle(undefined, principal)
    // Whatever it comes to, `#settle` has the last word: the call may have drained the server, or ended this attempt.
    void this.#wait(principal)
    if (this.#settled !== undefined) return this.#settled
    const { clock, options } = this.#engine
    this.#timer = clock.setTimeout(
      () => this.#settle(this.#retryLater('ES_ERR_AUTHORIZE_TIMEOUT')),
      options.authorizeTimeoutMs,
    )
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  async #wait(principal: PromiseLike<unknown>): Promise<void> {
    try {
      this.#settle(undefined, await principal)
    } catch (error) {
      // An `authorize` that was given up on fails as it likes.
      if (this.#phase === 'pending') this.#settle(this.#judge(error))
    }
  }

  #judge(error: unknown): Refusal {
    if (isRejection(error)) return refuseRejected(error)
    this.#engine.authorizeFailed(error)
    return refuseFault(error)
  }

  #retryLater(code: ErrorCode): Refusal {
    return retryLater(code, this.#engine.options.retryAfterMs)
  }

  // The first decision stands, but for an attempt that is accepted and then given up.
  #settle(refusal: Refusal | undefined, principal?: unknown): Answer {
    const isOver = this.#phase === 'over' || (refusal === undefined && this.#phase !== 'pending')
    if (isOver && this.#settled !== undefined) return this.#settled
    if (this.#timer !== undefined) this.#engine.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    if (refusal === undefined) {
      this.#phase = 'accepted'
      this.#principal = principal
      this.#settled = this.#protocol === '' ? ACCEPTED : { accepted: true, protocol: this.#protocol }
    } else {
      this.#phase = 'over'
      this.#settled = refusal
      this.#giveBack(refusal)
    }
    this.#resolve?.(this.#settled)
    if (refusal !== undefined) this.#call?.abort()
    return this.#settled
  }

  #giveBack(refusal: Refusal): void {
    if (this.#key !== undefined) this.#engine.capacity.release(this.#key)
    this.#engine.refused(this, {
      code: refusal.code,
      status: refusal.status,
      path: this.#request.path,
      remoteAddress: this.#request.remoteAddress,
    })
  }
}
