import type { PresenceEvent, PresenceMember } from './presence.js'
import type { PresenceInfo } from './presence-info.js'
import type { PresentSession } from './presence-signal.js'

/** Members of other processes that are kept in one room. */
const MAX_REMOTE_MEMBERS = 10_000

interface Entry extends PresentSession {
  readonly member: PresenceMember
}

/** Those of one process who are present in a room. */
type Share = Map<number, Entry>

interface Room {
  readonly shares: Map<string, Share>
  remote: number
}

const NOBODY: Share = new Map()

/** Who is present in which room, as far as this process knows. Tells of each change. */
export class PresenceList {
  readonly #self: string
  readonly #changed: (event: PresenceEvent) => void
  readonly #rooms = new Map<string, Room>()
  /** The rooms in which somebody of a process is present. */
  readonly #roomsOf = new Map<string, Set<string>>()

  constructor(self: string, changed: (event: PresenceEvent) => void) {
    this.#self = self
    this.#changed = changed
  }

  /** The id of a session of a process. */
  static idOf(publisher: string, session: number): string {
    return `${publisher}.${session}`
  }

  /** Whether a session is present in a room. */
  has(room: string, publisher: string, session: number): boolean {
    return this.#share(room, publisher).has(session)
  }

  /** Who is present in a room, by process and session. */
  in(room: string): readonly PresenceMember[] {
    const shares = [...(this.#rooms.get(room)?.shares ?? [])].sort(([one], [other]) => (one < other ? -1 : 1))
    return shares.flatMap(([, share]) =>
      [...share.values()].sort((one, other) => one.session - other.session).map(({ member }) => member),
    )
  }

  /** The sessions of one process that are present in a room. */
  sessionsOf(room: string, publisher: string): readonly PresentSession[] {
    return [...this.#share(room, publisher).values()]
  }

  /** The rooms in which somebody of a process is present. */
  roomsOf(publisher: string): readonly string[] {
    return [...(this.#roomsOf.get(publisher) ?? [])]
  }

  /** Makes a session present; tells whether there was room for it. */
  set(room: string, publisher: string, session: number, info: PresenceInfo): boolean {
    const before = this.#share(room, publisher).get(session)
    if (before?.info.text === info.text) return true
    const local = publisher === this.#self
    const known = this.#rooms.get(room) ?? { shares: new Map(), remote: 0 }
    if (before === undefined && !local) {
      if (known.remote >= MAX_REMOTE_MEMBERS) return false
      known.remote++
    }
    const member = Object.freeze({ id: PresenceList.idOf(publisher, session), info: info.value, local })
    const share: Share = known.shares.get(publisher) ?? new Map()
    this.#rooms.set(room, known)
    known.shares.set(publisher, share.set(session, { session, info, member }))
    this.#roomsOf.set(publisher, (this.#roomsOf.get(publisher) ?? new Set()).add(room))
    this.#changed({ room, kind: before === undefined ? 'join' : 'update', member })
    return true
  }

  /** Makes a session absent. */
  remove(room: string, publisher: string, session: number): void {
    const known = this.#rooms.get(room)
    const share = known?.shares.get(publisher)
    const entry = share?.get(session)
    if (known === undefined || share === undefined || entry === undefined) return
    share.delete(session)
    if (publisher !== this.#self) known.remote--
    if (share.size === 0) this.#leave(room, known, publisher)
    this.#changed({ room, kind: 'leave', member: entry.member })
  }

  /** Makes everyone of a process absent. */
  removeAll(publisher: string): void {
    for (const room of this.roomsOf(publisher)) this.#removeShare(room, publisher)
  }

  /** Makes everyone of other processes absent in a room. */
  forget(room: string): void {
    for (const publisher of [...(this.#rooms.get(room)?.shares.keys() ?? [])]) {
      if (publisher !== this.#self) this.#removeShare(room, publisher)
    }
  }

  #share(room: string, publisher: string): Share {
    return this.#rooms.get(room)?.shares.get(publisher) ?? NOBODY
  }

  #removeShare(room: string, publisher: string): void {
    for (const { session } of this.sessionsOf(room, publisher)) this.remove(room, publisher, session)
  }

  #leave(room: string, { shares }: Room, publisher: string): void {
    shares.delete(publisher)
    if (shares.size === 0) this.#rooms.delete(room)
    const rooms = this.#roomsOf.get(publisher)
    rooms?.delete(room)
    if (rooms?.size === 0) this.#roomsOf.delete(publisher)
  }
}
