import type { CloseEvent } from './close.js'
import type { AnySessionDefinition, SessionFunction, SessionHandler } from './define-session.js'
import type { EchoSession } from './echo-session.js'
import type { Message } from './message.js'
import type { HandlerPhase } from './observer.js'
import type { SessionEngine } from './session-engine.js'
import { isThenable } from './thenable.js'

/** The session as its handler's calls see it. */
export interface CallingSession extends EchoSession {
  /** A call has failed and `error` has been told: the session ends with 1011, unless it is ending already. */
  handlerFailed(): void
}

type Callback = 'open' | 'ping' | 'pong' | 'drain' | 'close' | 'error'

/**
 * The calls of one definition's handler, for all its sessions. A call never throws and never rejects: what the handler
 * throws, in whatever way, is told to it, to the observers, and ends its session. Each returns a promise only when the
 * handler made one.
 */
export class HandlerCalls {
  /** Whether a read loop takes the messages. */
  readonly pulling: boolean
  readonly #engine: SessionEngine
  readonly #handler: SessionHandler
  readonly #run: SessionFunction | undefined

  constructor(engine: SessionEngine, definition: AnySessionDefinition) {
    this.#engine = engine
    this.#handler = definition.handler
    this.#run = definition.run as SessionFunction | undefined
    this.pulling = definition.run !== undefined
  }

  /** Whether there is such a callback. */
  has(callback: Callback): boolean {
    return this.#handler[callback] !== undefined
  }

  /** Hands over a message. */
  message(session: CallingSession, message: Message): Promise<void> | undefined {
    try {
      const result = this.#handler.message?.(session, message)
      return result === undefined ? undefined : this.#settle('message', session, result)
    } catch (error) {
      return this.#fault('message', session, error)
    }
  }

  /** Asks whether a session may join a room. Only a plain or promised `true` says yes; a throw is the handler's failure. */
  authorizeJoin(session: CallingSession, room: string): boolean | Promise<boolean> {
    const { authorizeJoin } = this.#handler
    if (authorizeJoin === undefined) return true
    try {
      const verdict: unknown = authorizeJoin.call(this.#handler, session, room)
      return isThenable(verdict) ? this.#verdict(session, verdict) : verdict === true
    } catch (error) {
      void this.#fault('authorizeJoin', session, error)
      return false
    }
  }

  /** Starts the read loop. */
  run(session: CallingSession): Promise<void> | undefined {
    return this.#call('run', session, this.#run, undefined)
  }

  /** Calls another callback, where there is one. */
  invoke(callback: 'open' | 'drain', session: CallingSession): Promise<void> | undefined
  invoke(callback: 'ping' | 'pong', session: CallingSession, payload: Uint8Array): Promise<void> | undefined
  invoke(callback: 'close', session: CallingSession, event: CloseEvent): Promise<void> | undefined
  invoke(callback: Callback, session: CallingSession, argument?: unknown): Promise<void> | undefined {
    return this.#call(callback, session, this.#handler[callback], argument)
  }

  async #verdict(session: CallingSession, verdict: PromiseLike<unknown>): Promise<boolean> {
    try {
      return (await verdict) === true
    } catch (error) {
      await this.#fault('authorizeJoin', session, error)
      return false
    }
  }

  #call(
    phase: HandlerPhase,
    session: CallingSession,
    callback: ((session: EchoSession, argument: never) => unknown) | undefined,
    argument: unknown,
  ): Promise<void> | undefined {
    if (callback === undefined) return undefined
    try {
      return this.#settle(phase, session, callback.call(this.#handler, session, argument as never))
    } catch (error) {
      return this.#fault(phase, session, error)
    }
  }

  // A plain value returned by an arrow function, such as that of `send`, is nothing to wait for.
  #settle(phase: HandlerPhase, session: CallingSession, result: unknown): Promise<void> | undefined {
    return isThenable(result) ? this.#wait(phase, session, result) : undefined
  }

  async #wait(phase: HandlerPhase, session: CallingSession, result: unknown): Promise<void> {
    try {
      await result
    } catch (error) {
      await this.#fault(phase, session, error)
    }
  }

  #fault(phase: HandlerPhase, session: CallingSession, error: unknown): Promise<void> | undefined {
    const { tally, observers } = this.#engine
    tally.handlerErrors++
    observers.tell('onError', error, phase, session)
    let telling: Promise<void> | undefined
    // Nothing is called after `close`, which no verdict holds up; and `error` is not told of itself.
    const late = phase === 'close' || (phase === 'authorizeJoin' && session.state === 'closed')
    if (late || phase === 'error' || !this.has('error')) {
      this.#engine.reportUnheard(error, phase)
    } else telling = this.#call('error', session, this.#handler.error, error)
    session.handlerFailed()
    return telling
  }
}
