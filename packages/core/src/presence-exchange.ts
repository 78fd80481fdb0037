import type { Clock, TimerHandle } from './clock.js'
import type { Counters } from './observer.js'
import type { ResolvedOptions } from './options.js'
import type { PresenceInfo } from './presence-info.js'
import type { PresenceList } from './presence-list.js'
import { PresencePeers } from './presence-peers.js'
import { decodePresence, encodePresence, type PresenceSignal, partsOfState } from './presence-signal.js'
import type { RelayHub } from './relay-hub.js'
import type { RelaySignals } from './relay-signals.js'
import type { Roster } from './roster.js'

/** What presence needs from the engine. */
export interface PresenceEngine {
  readonly clock: Clock
  readonly options: ResolvedOptions
  readonly tally: Counters
  readonly roster: Roster
  readonly publisher: RelayHub | undefined
}

/** In how many steps the silence of a process is measured. It says that it is alive with every fourth. */
const STEPS = 12
const ALIVE_STEPS = 4
/** How long questions and answers are gathered, at least and at most; how many rooms' worth goes out at once. */
const GATHER_MS = [20, 50] as const
const GATHER_ROOMS = 256
/** How long the answers to a question may take before nobody waits for them. */
const ANSWER_MS = 250

/** Rooms that are remembered because something about them did not go out. */
const MAX_UNSAID = 100_000

/** What is to be sent about a room. */
interface Errand {
  ask: boolean
  tell: boolean
}

/** The time that those who were asked have for their answers. */
interface Answers {
  readonly taken: Promise<void>
  readonly settle: () => void
  readonly timer: TimerHandle
}

/**
 * What processes tell each other about presence. Each has the say over its own sessions: it announces their changes, and
 * names them all to whoever asks. Who begins to follow a room asks; who misses a signal asks; who was not heard for
 * `presenceTimeoutMs` has nobody present any more.
 */
export class PresenceExchange implements RelaySignals {
  readonly #engine: PresenceEngine
  readonly #hub: RelayHub
  readonly #list: PresenceList
  readonly #peers = new PresencePeers()
  readonly #errands = new Map<string, Errand>()
  readonly #answers = new Map<string, Answers>()
  /** Rooms about which something did not go out. */
  readonly #unsaid = new Set<string>()
  readonly #stepMs: number
  /** Another one for each process, so that not all answer at the same moment. */
  readonly #gatherMs: number
  #gathering: TimerHandle | undefined
  #stepping: TimerHandle | undefined
  #steps = 0
  #steppedAt = 0
  #over = false

  constructor(engine: PresenceEngine, hub: RelayHub, list: PresenceList) {
    this.#engine = engine
    this.#hub = hub
    this.#list = list
    this.#stepMs = engine.options.presenceTimeoutMs / STEPS
    const [least, most] = GATHER_MS
    this.#gatherMs = least + (Number.parseInt(hub.id.slice(0, 4), 16) / 0xffff) * (most - least)
    hub.listen(this)
    this.recovered()
  }

  /** A session of this process is present, or has another info. */
  set(room: string, session: number, info: PresenceInfo): void {
    this.#say(room, { kind: 'set', session, info })
    this.#keepStepping()
  }

  /** It is not any more. */
  gone(room: string, session: number): void {
    this.#say(room, { kind: 'gone', session })
  }

  /** Nobody of this process is in a room any more. */
  vacated(room: string): void {
    this.#peers.forget(room)
    this.#list.forget(room)
  }

  /** Resolves when those who were asked about a room have had the time to answer; undefined when they have had it. */
  answered(room: string): Promise<void> | undefined {
    return this.#answers.get(room)?.taken
  }

  /** Tells the others that this process goes; from here on it says nothing. */
  goodbye(): void {
    this.#say(undefined, { kind: 'bye' })
    this.#over = true
    this.#errands.clear()
    this.#engine.clock.clearTimeout(this.#gathering)
  }

  /** No timer is left. */
  close(): void {
    this.#over = true
    const { clock } = this.#engine
    clock.clearTimeout(this.#gathering)
    clock.clearTimeout(this.#stepping)
    for (const { settle, timer } of this.#answers.values()) {
      clock.clearTimeout(timer)
      settle()
    }
    this.#answers.clear()
  }

  // What the hub reports.

  signal(room: string | undefined, publisher: string, payload: Uint8Array): void {
    const signal = decodePresence(payload)
    if (signal === undefined || !this.#take(room, publisher, signal)) this.#engine.tally.relayDropped++
  }

  missed(room: string | undefined, publisher: string): void {
    // It may have been asked, or have asked.
    if (room === undefined) this.#tellAll()
    else {
      this.#errand(room, 'tell')
      this.#say(undefined, { kind: 'ask', publisher, room })
    }
  }

  followed(room: string): void {
    this.#errand(room, 'ask')
    if (this.#over || this.#answers.has(room)) return
    let settle = () => {}
    const taken = new Promise<void>((resolve) => {
      settle = resolve
    })
    const timer = this.#engine.clock.setTimeout(() => {
      this.#answers.delete(room)
      settle()
    }, ANSWER_MS)
    this.#answers.set(room, { taken, settle, timer })
  }

  unsaid(room: string | undefined): void {
    if (room !== undefined && this.#unsaid.size < MAX_UNSAID) this.#unsaid.add(room)
  }

  resumed(): void {
    for (const room of this.#unsaid) {
      this.#errand(room, 'tell')
      this.#errand(room, 'ask')
    }
    this.#unsaid.clear()
  }

  recovered(): void {
    this.#unsaid.clear()
    this.#tellAll()
    for (const room of this.#engine.roster.names) this.#errand(room, 'ask')
  }

  // The exchange's own workings.

  /** Takes a signal; tells whether it was one that makes sense where it came. */
  #take(room: string | undefined, publisher: string, signal: PresenceSignal): boolean {
    const now = this.#engine.clock.now()
    const { kind } = signal
    if (!this.#peers.heard(publisher, now) && this.#peers.isBack(publisher)) {
      this.#say(undefined, { kind: 'ask', publisher })
    }
    if (kind === 'ask') return this.#asked(room, signal)
    if (kind === 'alive' || kind === 'bye') {
      if (kind === 'bye') {
        this.#peers.leave(publisher)
        this.#list.removeAll(publisher)
      }
      return room === undefined
    }
    if (room === undefined) return false
    // What was on its way when the last one left.
    if (this.#engine.roster.in(room).size === 0) return true
    if (kind === 'gone') {
      this.#list.remove(room, publisher, signal.session)
      return true
    }
    if (!this.#peers.follow(publisher, now)) return false
    this.#keepStepping()
    return kind === 'set'
      ? this.#list.set(room, publisher, signal.session, signal.info)
      : this.#takeState(room, publisher, signal)
  }

  #takeState(
    room: string,
    publisher: string,
    { first, last, members }: Extract<PresenceSignal, { readonly kind: 'state' }>,
  ): boolean {
    const known = this.#list.sessionsOf(room, publisher)
    if (first) {
      this.#peers.begin(
        publisher,
        room,
        known.map(({ session }) => session),
      )
    }
    let taken = true
    for (const { session, info } of members) {
      this.#peers.named(publisher, room, session)
      taken = this.#list.set(room, publisher, session, info) && taken
    }
    if (last) {
      for (const session of this.#peers.end(publisher, room)) this.#list.remove(room, publisher, session)
    }
    return taken
  }

  #asked(
    channel: string | undefined,
    { publisher, room = channel }: Extract<PresenceSignal, { readonly kind: 'ask' }>,
  ): boolean {
    if (channel !== undefined) {
      if (this.#list.sessionsOf(channel, this.#hub.id).length > 0) this.#errand(channel, 'tell')
    } else if (publisher === this.#hub.id) {
      if (room === undefined) this.#tellAll()
      else this.#errand(room, 'tell')
    }
    return publisher !== undefined || channel !== undefined
  }

  #tellAll(): void {
    for (const room of this.#list.roomsOf(this.#hub.id)) this.#errand(room, 'tell')
  }

  #errand(room: string, what: keyof Errand): void {
    if (this.#over) return
    const errand = this.#errands.get(room) ?? { ask: false, tell: false }
    errand[what] = true
    this.#errands.set(room, errand)
    this.#gathering ??= this.#engine.clock.setTimeout(() => this.#run(), this.#gatherMs)
  }

  #run(): void {
    this.#gathering = undefined
    let left = GATHER_ROOMS
    for (const [room, { ask, tell }] of [...this.#errands]) {
      if (left-- === 0) break
      this.#errands.delete(room)
      if (ask) this.#say(room, { kind: 'ask' })
      if (!tell) continue
      for (const part of partsOfState(this.#list.sessionsOf(room, this.#hub.id))) this.#say(room, part)
    }
    if (this.#errands.size > 0) {
      this.#gathering = this.#engine.clock.setTimeout(() => this.#run(), this.#gatherMs)
    }
  }

  #say(room: string | undefined, signal: PresenceSignal): void {
    if (!this.#over) this.#hub.signal(room, encodePresence(signal))
  }

  get #isPresent(): boolean {
    return !this.#over && this.#list.roomsOf(this.#hub.id).length > 0
  }

  #keepStepping(): void {
    if (this.#stepping !== undefined) return
    const { clock } = this.#engine
    this.#steppedAt = clock.now()
    this.#stepping = clock.setTimeout(() => this.#step(), this.#stepMs)
  }

  #step(): void {
    this.#stepping = undefined
    const now = this.#engine.clock.now()
    // A process that was held up has not listened: what silence it has heard proves nothing.
    if (now - this.#steppedAt > ALIVE_STEPS * this.#stepMs) this.#peers.forgive(now)
    // One step early, because whoever died at once after it was heard is looked at again a step later.
    for (const publisher of this.#peers.silentSince(now - (STEPS - 1) * this.#stepMs)) {
      this.#list.removeAll(publisher)
    }
    if (this.#isPresent && ++this.#steps % ALIVE_STEPS === 0) this.#say(undefined, { kind: 'alive' })
    if (this.#isPresent || this.#peers.size > 0) this.#keepStepping()
  }
}
