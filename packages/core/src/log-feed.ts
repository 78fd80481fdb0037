import type { EchoSession } from './echo-session.js'
import { entryFrame, resetFrame } from './log-exchange.js'
import type { LogEntry, LogPage, LogPosition } from './log-store.js'
import type { Sessions } from './sessions.js'

/** What a feed needs from the log that it belongs to. */
export interface FeedOwner {
  readonly sessions: Sessions
  /** Reads what is behind a position. */
  read(room: string, after: LogPosition | undefined): Promise<LogPage>
  /** Reading failed; it is tried again. */
  readFailed(error: unknown): void
}

/** How many entries are read at once. */
export const PAGE = 256

/** Follows the log of one room for the sessions of this process. Every entry is handed out once, in the log's order. */
export class LogFeed {
  readonly room: string
  /** The sessions that have joined, those that are catching up among them, each with what it joined by. */
  readonly members = new Map<EchoSession, object>()
  readonly #owner: FeedOwner
  // Those that get what is new, with the offset up to which they have everything.
  readonly #live = new Map<EchoSession, number>()
  #position: LogPosition | undefined
  #pulling: Promise<void> | undefined
  #again = false

  constructor(owner: FeedOwner, room: string) {
    this.#owner = owner
    this.room = room
  }

  /** How far the members that are up to date have come; undefined until the log was read for the first time. */
  get position(): LogPosition | undefined {
    return this.#position
  }

  /** From here on a member gets what stands behind this position. */
  begin(session: EchoSession, { offset }: LogPosition): void {
    this.#live.set(session, offset)
  }

  /** A member has left or is gone. */
  remove(session: EchoSession): void {
    this.members.delete(session)
    this.#live.delete(session)
  }

  /** Reads what is new, and hands it out. Calls while it reads make it read once more. Never rejects. */
  pull(): Promise<void> {
    this.#again = true
    this.#pulling ??= this.#run()
    return this.#pulling
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && this.members.size > 0) {
        this.#again = false
        this.#take(await this.#owner.read(this.room, this.#position))
      }
    } catch (error) {
      this.#owner.readFailed(error)
    } finally {
      this.#pulling = undefined
    }
  }

  #take({ position, complete, entries }: LogPage): void {
    if (this.#position === undefined) {
      this.#position = position
      return
    }
    if (!complete) {
      // Whatever is missing: nobody gets a part of it.
      this.#position = position
      for (const session of this.#live.keys()) this.#live.set(session, position.offset)
      this.#tell(resetFrame(this.room, position), () => true)
      return
    }
    for (const entry of entries) this.#hand(entry)
    if (entries.length === PAGE) this.#again = true
  }

  #hand(entry: LogEntry): void {
    const { epoch } = this.#position as LogPosition
    this.#position = { epoch, offset: entry.offset }
    const frame = entryFrame(this.room, entry)
    if (frame !== undefined) this.#tell(frame, (has) => has < entry.offset)
  }

  #tell(frame: string, wants: (offset: number) => boolean): void {
    const audience = this.#owner.sessions.to(this.room).local()
    audience
      .where((session) => {
        const offset = this.#live.get(session)
        return offset !== undefined && wants(offset)
      })
      .send(frame)
  }
}
