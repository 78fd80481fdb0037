import type { Clock, TimerHandle } from './clock.js'
import { type Asker, chunksOf, type Envelope, type Mark } from './relay-envelope.js'
import { MAX_ENTRIES } from './relay-fields.js'
import type { HeardSequences, SentSequences } from './relay-sequences.js'

/** What marks need from the hub. */
export interface MarksOwner {
  /** What other processes know this one by. */
  readonly id: string
  readonly clock: Clock
  /** Sends an envelope to every process. */
  tell(envelope: Envelope): void
  /** So many envelopes of a publisher are known to be missing. */
  lose(series: string, publisher: string, lost: number): void
}

/** How long an envelope that a mark tells of may still be on its way. */
const GRACE_MS = 1_000
/** How long questions are gathered before they are asked, or answered, once. */
const GATHER_MS = 50

/**
 * How processes tell each other how far they have come. Who has lost a connection, or begins to follow a room, asks the
 * others, so that a loss is seen though nothing follows it, or nothing was heard before it.
 */
export class RelayMarks {
  readonly #owner: MarksOwner
  readonly #sent: SentSequences
  readonly #heard: HeardSequences
  /** What the others are asked for soon. */
  readonly #asking = new Set<string>()
  /** Who is answered soon: what has to be added to the time now to have the time by its own clock when it asked. */
  readonly #askers = new Map<string, number>()
  /** What they are told of; undefined for everything. */
  #telling: Set<string> | undefined = new Set()
  #isTelling = false
  readonly #timers = new Set<TimerHandle>()

  constructor(owner: MarksOwner, sent: SentSequences, heard: HeardSequences) {
    this.#owner = owner
    this.#sent = sent
    this.#heard = heard
  }

  /** Tells the others everything, and asks them for everything. */
  exchange(): void {
    this.#tell(this.#sent.marks(this.#owner.clock.now()))
    this.#ask(undefined)
  }

  /** Asks the others soon how far they have come in a series. */
  ask(series: string): void {
    if (this.#asking.size === 0) {
      this.#later(GATHER_MS, () => {
        for (const channels of chunksOf([...this.#asking])) this.#ask(channels)
        this.#asking.clear()
      })
    }
    this.#asking.add(series)
  }

  /** Tells the others soon how far this process has come, in everything unless some series are named. */
  tellSoon(series?: readonly string[]): void {
    if (series === undefined) this.#telling = undefined
    else for (const each of series) this.#telling?.add(each)
    if (this.#isTelling) return
    this.#isTelling = true
    this.#later(GATHER_MS, () => {
      const now = this.#owner.clock.now()
      const marks = this.#sent.marks(now, this.#telling)
      const askers = [...this.#askers].slice(0, MAX_ENTRIES).map(([publisher, ahead]) => ({
        publisher,
        askedAt: Math.floor(now + ahead),
      }))
      this.#isTelling = false
      this.#telling = new Set()
      this.#askers.clear()
      this.#tell(marks, askers)
    })
  }

  /** Another process asks. */
  asked({ publisher, askedAt, channels }: Extract<Envelope, { kind: 'sync' }>): void {
    const known = channels?.filter((channel) => this.#sent.has(channel))
    if (known?.length === 0) return
    this.#askers.set(publisher, askedAt - this.#owner.clock.now())
    this.tellSoon(known)
  }

  /** Another process tells how far it has come. */
  told({ publisher, marks, askers }: Extract<Envelope, { kind: 'marks' }>): void {
    const followed = marks.filter(({ channel }) => this.#heard.follows(channel))
    if (followed.length === 0) return
    const asker = askers.find((each) => each.publisher === this.#owner.id)
    if (asker !== undefined) {
      for (const mark of followed) {
        this.#owner.lose(mark.channel, publisher, this.#heard.answered(publisher, mark, asker.askedAt))
      }
    }
    const toldAt = this.#owner.clock.now()
    // What a mark tells of may still be on its way, on a connection of its own.
    this.#later(GRACE_MS, () => {
      for (const mark of followed) {
        this.#owner.lose(mark.channel, publisher, this.#heard.marked(publisher, mark, toldAt))
      }
    })
  }

  /** Asks and tells no more. */
  close(): void {
    for (const timer of this.#timers) this.#owner.clock.clearTimeout(timer)
  }

  #ask(channels: readonly string[] | undefined): void {
    const { id, clock } = this.#owner
    this.#owner.tell({ kind: 'sync', publisher: id, askedAt: Math.floor(clock.now()), channels })
  }

  #tell(all: readonly Mark[], askers: readonly Asker[] = []): void {
    for (const marks of chunksOf(all)) {
      this.#owner.tell({ kind: 'marks', publisher: this.#owner.id, marks, askers })
    }
  }

  #later(ms: number, work: () => void): void {
    const { clock } = this.#owner
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    this.#timers.add(timer)
  }
}
