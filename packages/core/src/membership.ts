import { EchoSessionError } from './errors.js'
import type { HandlerCalls } from './handler-calls.js'
import type { LiveSession } from './live-session.js'
import type { SessionEngine } from './session-engine.js'

const JOINED = Promise.resolve(true)
const REFUSED = Promise.resolve(false)

/** The rooms that one session is in. Made when it joins its first: most never do. */
export class Membership {
  readonly #session: LiveSession
  readonly #engine: SessionEngine
  readonly #calls: HandlerCalls
  readonly #rooms = new Set<string>()
  readonly #asking = new Map<string, Promise<boolean>>()
  #over = false

  constructor(session: LiveSession, engine: SessionEngine, calls: HandlerCalls) {
    this.#session = session
    this.#engine = engine
    this.#calls = calls
  }

  /** The rooms by name, in the order in which they were joined. */
  get rooms(): readonly string[] {
    return [...this.#rooms]
  }

  /** See {@link EchoSession.join}. */
  join(room: string): Promise<boolean> {
    const { options } = this.#engine
    this.#engine.roster.check(room)
    if (this.#over) return REFUSED
    if (this.#rooms.has(room)) return this.#entered(room)
    const asked = this.#asking.get(room)
    if (asked !== undefined) return asked
    if (this.#rooms.size + this.#asking.size >= options.maxRoomsPerSession) {
      throw new EchoSessionError(
        'ES_ERR_ROOM_LIMIT',
        `A session may be in ${options.maxRoomsPerSession} rooms at once (maxRoomsPerSession); leave one before joining another.`,
      )
    }
    // Holds the place: the callback may join, leave or end in turn.
    this.#asking.set(room, REFUSED)
    const verdict = this.#calls.authorizeJoin(this.#session, room)
    if (typeof verdict !== 'boolean') return this.#ask(room, verdict)
    return this.#asking.delete(room) && verdict ? this.#enter(room) : REFUSED
  }

  /** See {@link EchoSession.leave}. */
  leave(room: string): void {
    this.#asking.delete(room)
    if (!this.#over && this.#rooms.delete(room)) this.#engine.roster.remove(room, this.#session)
  }

  /** The session is over: it is in no room any more. Which it was in can still be asked. */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#asking.clear()
    for (const room of this.#rooms) this.#engine.roster.remove(room, this.#session)
  }

  #ask(room: string, verdict: Promise<boolean>): Promise<boolean> {
    if (this.#asking.get(room) !== REFUSED) return REFUSED
    const asking = verdict.then((admitted) => {
      // Whoever has left the room meanwhile, or is gone, does not come in.
      if (this.#asking.get(room) !== asking) return false
      this.#asking.delete(room)
      return admitted && this.#enter(room)
    })
    this.#asking.set(room, asking)
    return asking
  }

  #enter(room: string): Promise<boolean> {
    this.#rooms.add(room)
    this.#engine.roster.add(room, this.#session)
    return this.#entered(room)
  }

  #entered(room: string): Promise<boolean> {
    return this.#engine.roster.ready(room)?.then(() => true) ?? JOINED
  }
}
