import type { EchoSession } from './echo-session.js'
import type { LiveSession } from './live-session.js'
import type { HandlerPhase, Observers } from './observer.js'
import type { JsonValue, Presence, PresenceEvent, PresenceMember } from './presence.js'
import { type PresenceEngine, PresenceExchange } from './presence-exchange.js'
import { type PresenceInfo, readInfo } from './presence-info.js'
import { PresenceList } from './presence-list.js'
import type { RosterWatcher } from './roster.js'
import { isThenable } from './thenable.js'

interface Watching {
  readonly listener: (event: PresenceEvent) => void
}

/** What is needed besides, to say what a listener has thrown. */
export interface RoomPresenceEngine extends PresenceEngine {
  readonly observers: Observers
  reportUnheard(error: unknown, phase: HandlerPhase): void
}

/** Presence in the rooms of one engine. */
export class RoomPresence implements Presence, RosterWatcher {
  readonly #engine: RoomPresenceEngine
  readonly #self: string
  readonly #list: PresenceList
  readonly #exchange: PresenceExchange | undefined
  /** What sessions will be present with that are still joining, by room. */
  readonly #entering = new WeakMap<EchoSession, Map<string, PresenceInfo>>()
  readonly #waiting: PresenceEvent[] = []
  // Replaced, never changed: who comes or goes while an event is told does not disturb the telling.
  #watching: readonly Watching[] = []
  #telling = false
  #over = false

  constructor(engine: RoomPresenceEngine) {
    this.#engine = engine
    const { publisher, roster } = engine
    this.#self = publisher?.id ?? 'local'
    this.#list = new PresenceList(this.#self, (event) => this.#tell(event))
    this.#exchange = publisher && new PresenceExchange(engine, publisher, this.#list)
    roster.watch(this)
  }

  enter(session: EchoSession, room: string, info: JsonValue = null): Promise<boolean> {
    const read = readInfo(info)
    const joined = session.join(room)
    const entering = this.#entering.get(session) ?? new Map<string, PresenceInfo>()
    if (this.#isIn(session, room)) this.#set(session, room, read)
    else this.#entering.set(session, entering.set(room, read))
    return joined.then(async () => {
      entering.delete(room)
      await this.#exchange?.answered(room)
      return this.#list.has(room, this.#self, session.id)
    })
  }

  leave(session: EchoSession, room: string): void {
    this.#entering.get(session)?.delete(room)
    if (this.#isIn(session, room)) this.#remove(session, room)
  }

  list(room: string): readonly PresenceMember[] {
    return this.#list.in(room)
  }

  idOf(session: EchoSession): string {
    return PresenceList.idOf(this.#self, session.id)
  }

  watch(listener: (event: PresenceEvent) => void): () => void {
    const watching: Watching = { listener }
    this.#watching = [...this.#watching, watching]
    return () => {
      this.#watching = this.#watching.filter((other) => other !== watching)
    }
  }

  /** The server drains: the others are told at once, whoever comes now is not present any more. */
  goodbye(): void {
    this.#over = true
    this.#exchange?.goodbye()
  }

  /** The server has drained. */
  close(): void {
    this.#exchange?.close()
  }

  // What the roster tells.

  arrived(room: string, session: LiveSession): void {
    const entering = this.#entering.get(session)
    const info = entering?.get(room)
    if (info === undefined) return
    entering?.delete(room)
    this.#set(session, room, info)
  }

  departed(room: string, session: LiveSession): void {
    this.#remove(session, room)
    if (this.#engine.roster.in(room).size === 0) this.#exchange?.vacated(room)
  }

  // The presence's own workings.

  #isIn(session: EchoSession, room: string): boolean {
    return this.#engine.roster.in(room).has(session as LiveSession)
  }

  #set(session: EchoSession, room: string, info: PresenceInfo): void {
    if (this.#over) return
    this.#list.set(room, this.#self, session.id, info)
    this.#exchange?.set(room, session.id, info)
  }

  #remove(session: EchoSession, room: string): void {
    if (!this.#list.has(room, this.#self, session.id)) return
    this.#list.remove(room, this.#self, session.id)
    this.#exchange?.gone(room, session.id)
  }

  // One event after the other, though a listener causes the next.
  #tell(event: PresenceEvent): void {
    this.#waiting.push(event)
    if (this.#telling) return
    this.#telling = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const { listener } of this.#watching) this.#call(listener, next)
    }
    this.#telling = false
  }

  #call(listener: (event: PresenceEvent) => unknown, event: PresenceEvent): void {
    const failed = (error: unknown) => {
      this.#engine.observers.tell('onError', error, 'presence', undefined)
      this.#engine.reportUnheard(error, 'presence')
    }
    try {
      const result = listener(event)
      if (isThenable(result)) Promise.resolve(result).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
