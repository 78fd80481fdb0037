import type { SessionState } from './echo-session.js'
import type { HandlerCalls } from './handler-calls.js'
import type { SocketPort } from './port.js'
import type { SessionRequest } from './session-request.js'

/** What a session is opened with. */
export interface SessionOpening {
  readonly calls: HandlerCalls
  readonly request: SessionRequest
  readonly context: unknown
  readonly principal: unknown
  readonly protocol: string
  readonly port: SocketPort
  /** What the connection is counted under. */
  readonly key: string
}

/** What stays the same through a session's life, and what may be shown of it. */
export abstract class SessionFacts {
  readonly id: number
  readonly request: SessionRequest
  readonly context: unknown
  readonly principal: unknown
  readonly protocol: string
  #abort: AbortController | undefined

  constructor(id: number, opening: SessionOpening) {
    this.id = id
    this.request = opening.request
    this.context = opening.context
    this.principal = opening.principal
    this.protocol = opening.protocol
  }

  abstract get state(): SessionState

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.state === 'closed') this.#abort.abort()
    return this.#abort.signal
  }

  /** The connection is gone. */
  protected abort(): void {
    this.#abort?.abort()
  }

  /** Shows what a log may show. */
  toJSON(): { id: number; state: SessionState; request: SessionRequest } {
    return { id: this.id, state: this.state, request: this.request }
  }

  /** The same for Node's console: the principal and the host's own objects hold secrets. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return { ...this.toJSON(), request: this.request.toJSON() }
  }
}
