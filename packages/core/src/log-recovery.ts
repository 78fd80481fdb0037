import type { EchoSession } from './echo-session.js'
import { entryFrame, joinedFrame, resetFrame } from './log-exchange.js'
import { type FeedOwner, type LogFeed, PAGE } from './log-feed.js'
import type { LogEntry, LogPosition } from './log-store.js'

/** What became of a session that came back. */
export interface Recovery {
  /** Whether it gets exactly what it missed. */
  readonly recovered: boolean
  /** Where it stands once it has that. */
  readonly position: LogPosition
}

/** Everything behind a position, as far as it is there and not too much to send. */
async function missedSince(
  owner: FeedOwner,
  room: string,
  since: LogPosition,
  maxBytes: number,
): Promise<readonly LogEntry[] | undefined> {
  const missed: LogEntry[] = []
  let bytes = 0
  let after = since
  while (true) {
    const { complete, entries } = await owner.read(room, after)
    if (!complete) return undefined
    for (const entry of entries) bytes += entry.payload.length
    if (bytes > maxBytes) return undefined
    missed.push(...entries)
    const last = entries.at(-1)
    if (last === undefined || entries.length < PAGE) return missed
    after = { epoch: since.epoch, offset: last.offset }
  }
}

/** Brings one session of a feed up to date: it gets what it missed, all of it or nothing, before anything new. */
export class LogRecovery {
  readonly #owner: FeedOwner
  readonly #feed: LogFeed
  readonly #session: EchoSession

  constructor(owner: FeedOwner, feed: LogFeed, session: EchoSession) {
    this.#owner = owner
    this.#feed = feed
    this.#session = session
    // Whoever joins again begins again, and what is under way for it ends.
    feed.remove(session)
    feed.members.set(session, this)
  }

  /** Begins a session that comes for the first time, or cannot be given what it missed. */
  begin(position: LogPosition): Recovery {
    if (this.#isHere) {
      this.#session.send(joinedFrame(this.#feed.room, false, position))
      this.#feed.begin(this.#session, position)
    }
    return { recovered: false, position }
  }

  /**
   * Sends what stands behind a position, then begins the session there.
   * @param current where the feed stands.
   */
  async recover(since: LogPosition, current: LogPosition, maxBytes: number): Promise<Recovery> {
    const { room } = this.#feed
    const missed = await missedSince(this.#owner, room, since, maxBytes)
    if (missed === undefined) return this.begin(this.#feed.position ?? current)
    const position = { epoch: since.epoch, offset: missed.at(-1)?.offset ?? since.offset }
    if (!this.#isHere) return { recovered: false, position }
    this.#session.send(joinedFrame(room, true, position))
    if (await this.#send(missed)) await this.#follow(position)
    return { recovered: true, position }
  }

  // What was added while the session took what came before is read and sent too, until nothing is in between.
  async #follow(from: LogPosition): Promise<void> {
    let has = from
    while (this.#isHere) {
      const { position } = this.#feed
      if (position === undefined) return
      if (position.epoch === has.epoch && has.offset >= position.offset) {
        this.#feed.begin(this.#session, has)
        return
      }
      const { complete, entries } = await this.#owner.read(this.#feed.room, has)
      if (!this.#isHere) return
      if (!complete || position.epoch !== has.epoch) {
        // It took so long over what it missed that what came then is gone.
        const now = this.#feed.position ?? position
        this.#session.send(resetFrame(this.#feed.room, now))
        this.#feed.begin(this.#session, now)
        return
      }
      if (!(await this.#send(entries))) return
      has = { epoch: has.epoch, offset: entries.at(-1)?.offset ?? has.offset }
    }
  }

  // As fast as the peer takes it. Tells whether the session is still there.
  async #send(entries: readonly LogEntry[]): Promise<boolean> {
    for (const entry of entries) {
      const frame = entryFrame(this.#feed.room, entry)
      if (frame === undefined || this.#session.send(frame)) continue
      await this.#session.drained()
      if (!this.#isHere) return false
    }
    return this.#isHere
  }

  get #isHere(): boolean {
    const { state, rooms } = this.#session
    const isOpen = state === 'open' || state === 'opening'
    return isOpen && this.#feed.members.get(this.#session) === this && rooms.includes(this.#feed.room)
  }
}
