import type { BatchTarget, BroadcastBatch } from './broadcast-batch.js'
import type { EchoSession } from './echo-session.js'
import { describe, EchoSessionError } from './errors.js'
import type { LiveSession } from './live-session.js'
import type { MessageData } from './message.js'
import { optionError } from './options.js'
import type { Roster } from './roster.js'
import { SessionFacts } from './session-facts.js'
import { SharedMessage } from './shared-message.js'

/** What a message is sent with. */
export interface SendOptions {
  /**
   * What the message is about: with `slowConsumer: 'latest'` a peer that is behind gets, of the messages with the same
   * key, only the latest. At most 1,024 UTF-16 units.
   */
  readonly key?: string
}

/**
 * Some of the sessions, to send to. Made by `to` and `everyone`; each method makes another, and who belongs to it is
 * looked up when it is sent to. Iterating gives the sessions of this process.
 */
export interface Audience extends Iterable<EchoSession> {
  /** How many sessions of this process belong to it now. */
  readonly size: number
  /**
   * Leaves out sessions, and everyone who is in one of these rooms.
   * @throws {@link EchoSessionError} with `ES_ERR_ROOM` for what is neither a session nor the name of a room, and for more
   * than 64 rooms.
   */
  except(...others: readonly (EchoSession | string)[]): Audience
  /** Leaves out whom the predicate is not true of. A function does not travel: the audience is that of this process. */
  where(predicate: (session: EchoSession) => boolean): Audience
  /** Only the sessions of this process, where there is a relay to others. */
  local(): Audience
  /**
   * Sends one message to each, encoded once. Nobody waits for the slowest; who leaves meanwhile disturbs nobody. Through
   * the relay, where there is one, it goes to the other processes as well, at most once.
   * @returns how many sessions of this process it went to.
   * @throws TypeError with `ES_ERR_MESSAGE_TYPE`, {@link EchoSessionError} with `ES_ERR_OPTION` for a key that is none, and
   * what a predicate throws; each before a byte leaves.
   */
  send(data: MessageData, options?: SendOptions): number
}

/** Where an audience stands: which rooms (all sessions if undefined), and who of them not. */
export interface Selection {
  readonly rooms: readonly string[] | undefined
  readonly exceptRooms: readonly string[]
}

/** Takes what is sent to an audience to the other processes. */
export interface Publisher {
  publish(selection: Selection, message: SharedMessage, key: string | undefined): void
}

const MAX_KEY_LENGTH = 1_024

/**
 * Reads the key of a message.
 * @throws {@link EchoSessionError} with `ES_ERR_OPTION`.
 */
export function readKey(options: SendOptions | undefined): string | undefined {
  const key: unknown = options?.key
  if (key === undefined || (typeof key === 'string' && key.length <= MAX_KEY_LENGTH)) return key
  throw optionError('key', key, `a string of at most ${MAX_KEY_LENGTH} UTF-16 units`)
}

/** What audiences need from the engine. */
export interface AudienceEngine {
  readonly roster: Roster
  readonly live: ReadonlySet<LiveSession>
  readonly publisher: Publisher | undefined
  readonly batch: BroadcastBatch
}

/** How many rooms one message may be sent to, or be kept from, at once. */
export const MAX_ROOMS = 64

interface Filter {
  readonly sessions: readonly EchoSession[]
  readonly predicates: readonly ((session: EchoSession) => boolean)[]
  readonly local: boolean
}

const NO_FILTER: Filter = { sessions: [], predicates: [], local: false }

function checkRooms(engine: AudienceEngine, rooms: readonly unknown[]): void {
  for (const room of rooms) engine.roster.check(room)
  if (rooms.length <= MAX_ROOMS) return
  throw new EchoSessionError(
    'ES_ERR_ROOM',
    `A message goes to at most ${MAX_ROOMS} rooms at once; it was given ${rooms.length}.`,
  )
}

/** An audience of one engine. */
export class SessionAudience implements Audience {
  readonly #engine: AudienceEngine
  readonly #selection: Selection
  readonly #filter: Filter

  constructor(engine: AudienceEngine, selection: Selection, filter: Filter = NO_FILTER) {
    this.#engine = engine
    this.#selection = selection
    this.#filter = filter
  }

  /**
   * The audience of rooms.
   * @throws {@link EchoSessionError} with `ES_ERR_ROOM` for what cannot be a room's name, for none, or for too many.
   */
  static of(engine: AudienceEngine, rooms: readonly string[], sender?: EchoSession): SessionAudience {
    checkRooms(engine, rooms)
    if (rooms.length === 0) {
      throw new EchoSessionError(
        'ES_ERR_ROOM',
        'to takes one room or more; it was given none. To send to every session, use broadcast or everyone().',
      )
    }
    const filter = sender === undefined ? NO_FILTER : { ...NO_FILTER, sessions: [sender] }
    return new SessionAudience(engine, { rooms, exceptRooms: [] }, filter)
  }

  get size(): number {
    return this.#members().length
  }

  except(...others: readonly (EchoSession | string)[]): Audience {
    for (const other of others) {
      if (typeof other === 'string' || other instanceof SessionFacts) continue
      throw new EchoSessionError(
        'ES_ERR_ROOM',
        `except takes sessions and names of rooms; it was given ${describe(other)}.`,
      )
    }
    const rooms = others.filter((other) => typeof other === 'string')
    const sessions = others.filter((other) => typeof other !== 'string')
    const exceptRooms = [...this.#selection.exceptRooms, ...rooms]
    checkRooms(this.#engine, exceptRooms)
    return new SessionAudience(
      this.#engine,
      { ...this.#selection, exceptRooms },
      { ...this.#filter, sessions: [...this.#filter.sessions, ...sessions] },
    )
  }

  where(predicate: (session: EchoSession) => boolean): Audience {
    if (typeof predicate !== 'function') {
      throw new EchoSessionError(
        'ES_ERR_HANDLER',
        `where takes a function of the session; it was given ${describe(predicate)}.`,
      )
    }
    const predicates = [...this.#filter.predicates, predicate]
    return new SessionAudience(this.#engine, this.#selection, { ...this.#filter, predicates })
  }

  local(): Audience {
    return new SessionAudience(this.#engine, this.#selection, { ...this.#filter, local: true })
  }

  send(data: MessageData, options?: SendOptions): number {
    const message = SharedMessage.of(data)
    const key = readKey(options)
    const { local, predicates } = this.#filter
    // First, so that other processes get messages in the order of these calls, whatever happens while this one sends.
    if (!local && predicates.length === 0) this.#engine.publisher?.publish(this.#selection, message, key)
    return this.deliver(message, key)
  }

  /** Sends a message to the sessions of this process. Tells how many it went to. */
  deliver(message: SharedMessage, key: string | undefined): number {
    const { batch } = this.#engine
    const target = this.#batchTarget(key)
    const batched = target && batch.add(target, message)
    if (batched !== undefined) return batched
    const members = this.#members()
    let count = 0
    let room = Number.POSITIVE_INFINITY
    for (const session of members) {
      const left = session.sendShared(message, key)
      if (left >= 0) count++
      if (left < room) room = left
    }
    if (target !== undefined) batch.begin(target, members, message.soleEncoder, room)
    return count
  }

  [Symbol.iterator](): Iterator<EchoSession> {
    return this.#members()[Symbol.iterator]()
  }

  // What a predicate says, and what is kept by a key, can be another thing for each message.
  #batchTarget(key: string | undefined): BatchTarget | undefined {
    const { sessions, predicates } = this.#filter
    return key === undefined && predicates.length === 0
      ? { selection: this.#selection, without: sessions }
      : undefined
  }

  // A list of its own: who comes or goes while it is sent to changes nothing about it.
  #members(): LiveSession[] {
    const { roster } = this.#engine
    const { exceptRooms } = this.#selection
    const { sessions, predicates } = this.#filter
    let members = this.#inRooms()
    if (sessions.length > 0) members = members.filter((session) => !sessions.includes(session))
    for (const room of exceptRooms) {
      const left = roster.in(room)
      if (left.size > 0) members = members.filter((session) => !left.has(session))
    }
    for (const predicate of predicates) members = members.filter((session) => predicate(session) === true)
    return members
  }

  #inRooms(): LiveSession[] {
    const { roster, live } = this.#engine
    const names = this.#selection.rooms
    if (names === undefined) return [...live]
    if (names.length === 1) return [...roster.in(names[0] as string)]
    return [...new Set(names.flatMap((name) => [...roster.in(name)]))]
  }
}
