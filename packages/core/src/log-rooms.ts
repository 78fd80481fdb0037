import { type Clock, systemClock, type TimerHandle } from './clock.js'
import { withDeadline } from './deadline.js'
import type { EchoSession } from './echo-session.js'
import { EchoSessionError } from './errors.js'
import { logError } from './log-error.js'
import { errorFrame, leftFrame, packEntry, readRequest } from './log-exchange.js'
import { type FeedOwner, LogFeed, PAGE } from './log-feed.js'
import { LogRecovery } from './log-recovery.js'
import type { LogPage, LogPosition, LogStore } from './log-store.js'
import type { Message, MessageData } from './message.js'
import type { RelayLink, RelaySink } from './relay.js'
import { RelaySubscriptions, type SubscriptionOwner } from './relay-subscriptions.js'
import type { LogJoin, RoomLog } from './room-log.js'
import { type RoomLogOptions, type RoomLogSettings, resolveLogOptions } from './room-log-options.js'
import { checkRoomName } from './room-name.js'
import type { Sessions } from './sessions.js'
import { SharedMessage } from './shared-message.js'

const EMPTY = new Uint8Array(0)
/** How often every room is looked at, though nobody has said that there is something new. */
const POLL_MS = 5_000

/** The rooms with a history of one engine. */
export class LogRooms implements RoomLog, FeedOwner, RelaySink, SubscriptionOwner {
  readonly sessions: Sessions
  readonly clock: Clock
  readonly timeoutMs: number
  readonly #store: LogStore
  readonly #settings: RoomLogSettings
  readonly #link: RelayLink
  readonly #subscriptions: RelaySubscriptions
  readonly #feeds = new Map<string, LogFeed>()
  /** The rooms that are being called out, and whether to call again. */
  readonly #calling = new Map<string, boolean>()
  readonly #joined = new WeakMap<EchoSession, Set<string>>()
  readonly #forget: () => void
  #poll: TimerHandle | undefined
  #queuedBytes = 0
  #ailing = false
  #closed = false

  constructor(sessions: Sessions, store: LogStore, options: RoomLogOptions) {
    this.sessions = sessions
    this.#settings = resolveLogOptions(options)
    this.clock = sessions.options.clock ?? systemClock
    this.timeoutMs = this.#settings.timeoutMs
    this.#store = store
    this.#link = store.relay.open(this)
    this.#subscriptions = new RelaySubscriptions(this, this.#link)
    this.#forget = sessions.observe({ onClose: (session) => this.#gone(session) })
  }

  async append(room: string, data: MessageData): Promise<LogPosition> {
    checkRoomName(room, this.sessions.options.maxRoomNameLength)
    const payload = packEntry(SharedMessage.of(data))
    this.#check()
    const { maxQueuedBytes } = this.#settings
    if (this.#queuedBytes > 0 && this.#queuedBytes + payload.length > maxQueuedBytes) {
      throw new EchoSessionError(
        'ES_ERR_LOG',
        `${this.#queuedBytes} bytes wait for the log, as many as maxQueuedBytes allows; the message was not added.`,
      )
    }
    this.#queuedBytes += payload.length
    // What the engine holds on to counts, also when nobody waits for it any more.
    const adding = this.#store.append(room, payload, this.#settings).finally(() => {
      this.#queuedBytes -= payload.length
    })
    const position = await this.#inTime(adding, `The log of ${JSON.stringify(room)} could not be written to`)
    void this.#feeds.get(room)?.pull()
    void this.#call(room)
    return position
  }

  async join(session: EchoSession, room: string, since?: LogPosition): Promise<LogJoin> {
    this.#check()
    if (!(await session.join(room))) return undefined
    const feed = this.#feedOf(room)
    const recovery = new LogRecovery(this, feed, session)
    this.#note(session, room)
    try {
      const position = await this.#positionOf(feed)
      if (since === undefined) return recovery.begin(position)
      return await recovery.recover(since, position, this.#settings.maxRecoveryBytes)
    } catch (error) {
      // Without its log it is not in the room.
      this.leave(session, room)
      throw error
    }
  }

  leave(session: EchoSession, room: string): void {
    session.leave(room)
    this.#exit(session, room)
  }

  async receive(session: EchoSession, message: Message): Promise<boolean> {
    const request = readRequest(message)
    if (request === undefined) return false
    if (typeof request === 'string') {
      session.send(errorFrame(undefined, 'ES_ERR_LOG', request))
      return true
    }
    const { type, room } = request
    try {
      if (type === 'leave') {
        this.leave(session, room)
        session.send(leftFrame(room))
      } else if ((await this.join(session, room, request.since)) === undefined) {
        session.send(errorFrame(room, 'ES_ERR_ROOM', 'This session may not join the room.'))
      }
    } catch (error) {
      // What is wrong with a name is for the client to know; what is wrong with the engine is not.
      const own = error instanceof EchoSessionError && error.code !== 'ES_ERR_LOG'
      const sentence = own ? error.message : 'The log of the room cannot be read now; try again later.'
      session.send(errorFrame(own ? undefined : room, own ? error.code : 'ES_ERR_LOG', sentence))
      if (!own) this.readFailed(error)
    }
    return true
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#forget()
    this.#subscriptions.close()
    this.clock.clearTimeout(this.#poll)
    for (const feed of this.#feeds.values()) feed.members.clear()
    this.#feeds.clear()
    await this.#inTime(this.#link.close(), 'The log did not close')
    await this.#store.close()
  }

  // What feeds ask for.

  read(room: string, after: LogPosition | undefined): Promise<LogPage> {
    const reading = this.#store.read(room, after, PAGE, this.#settings)
    return this.#inTime(reading, `The log of ${JSON.stringify(room)} could not be read`)
  }

  readFailed(error: unknown): void {
    if (this.#ailing || this.#closed) return
    this.#ailing = true
    this.#settings.onError(logError('The log of rooms failed', error))
  }

  // What the relay reports.

  received(channel: string): void {
    void this.#feeds.get(channel)?.pull()
  }

  up(): void {
    this.#ailing = false
    this.#subscriptions.retry()
    for (const feed of this.#feeds.values()) void feed.pull()
  }

  down(error: unknown): void {
    this.readFailed(error)
  }

  failed(_stage: string, error: unknown): void {
    this.readFailed(error)
  }

  changed(): void {}

  subscribed(channel: string): void {
    // What was added before calls arrived is there to be read.
    void this.#feeds.get(channel)?.pull()
  }

  subscriptionFailed(error: unknown): void {
    this.readFailed(error)
  }

  // The log's own workings.

  #check(): void {
    if (this.#closed) throw new EchoSessionError('ES_ERR_LOG', 'The log of rooms is closed.')
  }

  async #inTime<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    try {
      return await withDeadline(
        this.clock,
        this.timeoutMs,
        promise,
        () =>
          new EchoSessionError('ES_ERR_LOG', `${what}: no answer within ${this.timeoutMs} ms (timeoutMs).`),
      )
    } catch (error) {
      throw logError(what, error)
    }
  }

  #feedOf(room: string): LogFeed {
    const known = this.#feeds.get(room)
    if (known !== undefined) return known
    const feed = new LogFeed(this, room)
    this.#feeds.set(room, feed)
    this.#subscriptions.add(room)
    this.#poll ??= this.clock.setTimeout(() => this.#lookAround(), POLL_MS)
    return feed
  }

  #note(session: EchoSession, room: string): void {
    const rooms = this.#joined.get(session)
    if (rooms === undefined) this.#joined.set(session, new Set([room]))
    else rooms.add(room)
  }

  #exit(session: EchoSession, room: string): void {
    this.#joined.get(session)?.delete(room)
    const feed = this.#feeds.get(room)
    if (feed === undefined) return
    feed.remove(session)
    if (feed.members.size > 0) return
    this.#feeds.delete(room)
    this.#subscriptions.remove(room)
  }

  #gone(session: EchoSession): void {
    for (const room of this.#joined.get(session) ?? []) this.#exit(session, room)
  }

  // Where a feed stands. One that could not be read for the first time says why to whoever joins.
  async #positionOf(feed: LogFeed): Promise<LogPosition> {
    while (feed.position === undefined) {
      this.#check()
      await feed.pull()
      if (feed.position === undefined) await this.read(feed.room, undefined)
    }
    return feed.position
  }

  // A call may be lost with the connection, or with the process that made it.
  #lookAround(): void {
    for (const feed of this.#feeds.values()) void feed.pull()
    this.#poll =
      this.#feeds.size > 0 && !this.#closed
        ? this.clock.setTimeout(() => this.#lookAround(), POLL_MS)
        : undefined
  }

  // Calls the other processes to read a room: one call at a time, and another when something was added meanwhile.
  async #call(room: string): Promise<void> {
    if (this.#calling.has(room)) {
      this.#calling.set(room, true)
      return
    }
    do {
      this.#calling.set(room, false)
      try {
        await this.#inTime(
          this.#link.publish(room, EMPTY),
          'The other processes could not be told of a message',
        )
        this.#ailing = false
      } catch (error) {
        this.readFailed(error)
      }
    } while (this.#calling.get(room) === true && !this.#closed)
    this.#calling.delete(room)
  }
}
