import type { BroadcastBatch } from './broadcast-batch.js'
import type { LiveSession } from './live-session.js'
import { checkRoomName } from './room-name.js'

const NOBODY: ReadonlySet<LiveSession> = new Set()

/** Told when somebody of this process is in a room, and when nobody is any more. */
export interface RoomInterest {
  /** The first has come in. */
  occupied(room: string): void
  /** The last has left. */
  vacated(room: string): void
  /** Resolves when what other processes send to an occupied room arrives here; undefined when it does. Never rejects. */
  ready(room: string): Promise<void> | undefined
}

/** Told of everyone who comes and goes. */
export interface RosterWatcher {
  /** A session is in a room. */
  arrived(room: string, session: LiveSession): void
  /** It is not any more. */
  departed(room: string, session: LiveSession): void
}

/** Who is in which room of this process. A room is there for as long as somebody is in it. */
export class Roster {
  readonly #members = new Map<string, Set<LiveSession>>()
  readonly #maxNameLength: number
  readonly #interest: RoomInterest | undefined
  readonly #batch: BroadcastBatch
  #watcher: RosterWatcher | undefined

  constructor(maxNameLength: number, interest: RoomInterest | undefined, batch: BroadcastBatch) {
    this.#maxNameLength = maxNameLength
    this.#interest = interest
    this.#batch = batch
  }

  /** Has a watcher told of everyone who comes and goes from here on. */
  watch(watcher: RosterWatcher): void {
    this.#watcher = watcher
  }

  /** The names of the rooms that somebody is in. */
  get names(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** @throws {@link EchoSessionError} with `ES_ERR_ROOM` for what cannot be a room's name. */
  check(room: unknown): void {
    checkRoomName(room, this.#maxNameLength)
  }

  /** Who is in a room. */
  in(room: string): ReadonlySet<LiveSession> {
    return this.#members.get(room) ?? NOBODY
  }

  /** Lets a session in. */
  add(room: string, session: LiveSession): void {
    this.#batch.settle()
    const members = this.#members.get(room)
    if (members !== undefined) members.add(session)
    else {
      this.#members.set(room, new Set([session]))
      this.#interest?.occupied(room)
    }
    this.#watcher?.arrived(room, session)
  }

  /** See {@link RoomInterest.ready}. */
  ready(room: string): Promise<void> | undefined {
    return this.#interest?.ready(room)
  }

  /** Takes a session out. */
  remove(room: string, session: LiveSession): void {
    const members = this.#members.get(room)
    if (members === undefined || !members.delete(session)) return
    this.#batch.settle()
    if (members.size === 0) this.#members.delete(room)
    this.#watcher?.departed(room, session)
    // A watcher may have let somebody in.
    if (!this.#members.has(room)) this.#interest?.vacated(room)
  }
}
