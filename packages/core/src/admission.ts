import type { TimerHandle } from './clock.js'
import type { SessionDefinition } from './define-session.js'
import type { ErrorCode } from './errors.js'
import { checkHandshake } from './handshake.js'
import type { SessionOpening } from './live-session.js'
import { isOriginAllowed } from './origin.js'
import type { SocketPort, SocketSink } from './port.js'
import { type Refusal, Rejection, refuse, refuseFault, refuseRejected, retryLater } from './refusal.js'
import { addressKey } from './remote-address.js'
import type { AdmissionEngine } from './session-engine.js'
import { type RequestSource, SessionRequest } from './session-request.js'

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
   */
  open(port: SocketPort): { readonly sink: SocketSink; start(): void }
  /** The client has left, or the host answered something else. Frees everything; safe at any time. */
  abandon(): void
}

type Phase = 'pending' | 'accepted' | 'over'

/** Decides on one upgrade request: drain, handshake, origin, caps, subprotocol, `authorize`. */
export class Admission implements Attempt {
  readonly answer: Answer | Promise<Answer>
  readonly #engine: AdmissionEngine
  readonly #definition: SessionDefinition
  readonly #request: SessionRequest
  readonly #context: unknown
  #phase: Phase = 'pending'
  #key: string | undefined
  #protocol = ''
  #principal: unknown
  #abort: AbortController | undefined
  #timer: TimerHandle | undefined
  #resolve: ((answer: Answer) => void) | undefined

  constructor(
    engine: AdmissionEngine,
    definition: SessionDefinition,
    source: RequestSource,
    context: unknown,
  ) {
    this.#engine = engine
    this.#definition = definition
    this.#request = new SessionRequest(source, engine.options.trustedProxyHops)
    this.#context = context
    try {
      const refusal = this.#gate(source)
      this.answer = refusal === undefined ? this.#authorize() : this.#refused(refusal)
    } catch (error) {
      // A predicate or a key function of the user's has thrown.
      this.answer = this.#refused(this.#judge(error))
    }
  }

  open(port: SocketPort): { readonly sink: SocketSink; start(): void } {
    const key = this.#key as string
    this.#phase = 'over'
    const opening: SessionOpening = {
      definition: this.#definition,
      request: this.#request,
      context: this.#context,
      principal: this.#principal,
      protocol: this.#protocol,
      port,
      release: () => this.#engine.capacity.release(key),
    }
    return this.#engine.opened(this, opening)
  }

  abandon(): void {
    if (this.#phase === 'over') return
    this.#settle({ ...refuse('ES_ERR_ABORTED'), status: 0 })
  }

  /** The server drains: an attempt that still waits is refused. Tells whether this one did. */
  drain(): boolean {
    if (this.#phase !== 'pending') return false
    this.#settle(this.#retryLater('ES_ERR_DRAINING'))
    return true
  }

  #gate(source: RequestSource): Refusal | undefined {
    const { options, capacity, draining } = this.#engine
    if (draining) return this.#retryLater('ES_ERR_DRAINING')
    const malformed = checkHandshake(source)
    if (malformed !== undefined) return malformed
    const request = this.#request
    if (
      !isOriginAllowed(source.headerValues('origin'), request, options.allowedOrigins, options.requireOrigin)
    ) {
      return refuse('ES_ERR_ORIGIN')
    }
    const { subprotocols, requireSubprotocol } = this.#definition
    if (subprotocols.length > 0) {
      const offered = request.subprotocols
      this.#protocol = subprotocols.find((name) => offered.includes(name)) ?? ''
      if (this.#protocol === '' && requireSubprotocol) return refuse('ES_ERR_SUBPROTOCOL')
    }
    const key = capacity.perKey ? (options.connectionKey?.(request) ?? addressKey(request.remoteAddress)) : ''
    const place = capacity.take(key)
    if (place === 'full') return this.#retryLater('ES_ERR_CAPACITY')
    if (place === 'key-full') return this.#retryLater('ES_ERR_KEY_CAPACITY')
    this.#key = key
    this.#engine.pending.add(this)
    return undefined
  }

  #authorize(): Answer | Promise<Answer> {
    const { authorize } = this.#definition.handler
    if (authorize === undefined) return this.#accept(undefined)
    this.#abort = new AbortController()
    const context = { signal: this.#abort.signal, context: this.#context }
    let result: unknown
    try {
      result = authorize.call(this.#definition.handler, this.#request, context)
    } catch (error) {
      return this.#refused(this.#judge(error))
    }
    if (typeof result !== 'object' || result === null) return this.#accept(result)
    const answer = new Promise<Answer>((resolve) => {
      this.#resolve = resolve
    })
    const { clock, options } = this.#engine
    this.#timer = clock.setTimeout(
      () => this.#settle(this.#retryLater('ES_ERR_AUTHORIZE_TIMEOUT')),
      options.authorizeTimeoutMs,
    )
    void Promise.resolve(result).then(
      (principal) => this.#settle(undefined, principal),
      (error: unknown) => {
        if (this.#phase === 'pending') this.#settle(this.#judge(error))
      },
    )
    return answer
  }

  #judge(error: unknown): Refusal {
    if (error instanceof Rejection) return refuseRejected(error)
    this.#engine.authorizeFailed(error)
    return refuseFault(error)
  }

  #retryLater(code: ErrorCode): Refusal {
    return retryLater(code, this.#engine.options.retryAfterMs)
  }

  #accept(principal: unknown): Admitted {
    this.#phase = 'accepted'
    this.#principal = principal
    return { accepted: true, protocol: this.#protocol }
  }

  #settle(refusal: Refusal | undefined, principal?: unknown): void {
    if (this.#phase === 'over' || (refusal === undefined && this.#phase !== 'pending')) return
    if (this.#timer !== undefined) this.#engine.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    const answer = refusal === undefined ? this.#accept(principal) : this.#refused(refusal)
    this.#resolve?.(answer)
    if (refusal !== undefined) this.#abort?.abort()
  }

  #refused(refusal: Refusal): Refusal {
    this.#phase = 'over'
    if (this.#key !== undefined) this.#engine.capacity.release(this.#key)
    this.#engine.refused(this, {
      code: refusal.code,
      status: refusal.status,
      path: this.#request.path,
      remoteAddress: this.#request.remoteAddress,
    })
    return refusal
  }
}
