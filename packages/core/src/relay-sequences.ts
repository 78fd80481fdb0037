import type { Mark, Place } from './relay-envelope.js'

/** Counters of channels that have been published to: more are not kept, the one used longest ago goes. */
const MAX_CHANNELS = 100_000
/** Publishers that are followed on one channel. */
const MAX_PUBLISHERS = 1_024
/** How much faster one machine's clock may run than another's. */
const CLOCK_DRIFT = 1.001

interface Series extends Place {
  /** When it began, by this process's clock. */
  readonly began: number
}

/** Numbers what this process publishes, channel by channel. */
export class SentSequences {
  readonly #series = new Map<string, Series>()
  #generation = 0

  /** The place of the next envelope on a channel. */
  next(channel: string, now: number): Place {
    const last = this.#series.get(channel)
    const series =
      last === undefined
        ? { generation: ++this.#generation, sequence: 1, began: now }
        : { ...last, sequence: last.sequence + 1 }
    // Taken out first, so that the channels stand in the order of their last use.
    this.#series.delete(channel)
    this.#series.set(channel, series)
    if (this.#series.size > MAX_CHANNELS) {
      for (const oldest of this.#series.keys()) {
        this.#series.delete(oldest)
        break
      }
    }
    return series
  }

  /** Whether a channel has come anywhere. */
  has(channel: string): boolean {
    return this.#series.has(channel)
  }

  /** How far channels have come, all of them unless some are named. */
  marks(now: number, channels: Iterable<string> = this.#series.keys()): readonly Mark[] {
    const marks: Mark[] = []
    for (const channel of channels) {
      const series = this.#series.get(channel)
      if (series === undefined) continue
      const { generation, sequence, began } = series
      marks.push({ channel, generation, sequence, ageMs: Math.ceil((now - began) * CLOCK_DRIFT) })
    }
    return marks
  }
}

interface Progress {
  generation: number
  sequence: number
  /** Whether anything up to there came, or would have by now: else it may still be on its way. */
  isReached: boolean
  /** How many before what was heard first may be lost, or may have been sent before the channel was followed. */
  doubtful: number
}

interface Followed {
  /** From when on everything should arrive; Infinity while that is not known. */
  since: number
  readonly publishers: Map<string, Progress>
}

/**
 * Follows what other processes publish, to tell what is missing. What came before the first envelope that is heard of a
 * publisher is in doubt: it is lost if the publisher began its series after the channel was followed, which it says when
 * it is asked. It hears a question after it was asked, so its series is no older than it says it was then, whatever time
 * question and answer took.
 */
export class HeardSequences {
  readonly #channels = new Map<string, Followed>()
  readonly #doubts: (channel: string) => void

  /** `doubts` is called with a channel whose publishers should be asked how far they have come. */
  constructor(doubts: (channel: string) => void) {
    this.#doubts = doubts
  }

  /** Begins to follow a channel. */
  follow(channel: string): void {
    if (!this.#channels.has(channel)) {
      this.#channels.set(channel, { since: Number.POSITIVE_INFINITY, publishers: new Map() })
    }
  }

  /** What is sent on the channel arrives from now on. */
  stands(channel: string, now: number): void {
    const followed = this.#channels.get(channel)
    if (followed !== undefined) followed.since = now
  }

  /** Forgets a channel. */
  forget(channel: string): void {
    this.#channels.delete(channel)
  }

  /** Whether a channel is followed. */
  follows(channel: string): boolean {
    return this.#channels.has(channel)
  }

  /**
   * Takes note of an envelope.
   * @returns how many before it are missing; undefined when it has come before, or too late.
   */
  heard(channel: string, publisher: string, place: Place): number | undefined {
    const followed = this.#channels.get(channel)
    if (followed === undefined) return 0
    const last = followed.publishers.get(publisher)
    if (last === undefined) {
      this.#begin(channel, followed, publisher, place, place.sequence - 1)
      return 0
    }
    const steps = stepsTo(last, place)
    if (steps === 0 && (last.isReached || place.generation < last.generation)) return undefined
    reach(followed, publisher, last, place)
    return Math.max(0, steps - 1)
  }

  /**
   * Takes note of how far a publisher has come by its own word, which came at `toldAt`.
   * @returns how many are missing.
   */
  marked(publisher: string, mark: Mark, toldAt: number): number {
    const followed = this.#channels.get(mark.channel)
    if (followed === undefined || isJoinedSince(followed, toldAt)) return 0
    const last = followed.publishers.get(publisher)
    if (last === undefined) {
      this.#begin(mark.channel, followed, publisher, mark, mark.sequence)
      return 0
    }
    const steps = stepsTo(last, mark)
    if (steps > 0) reach(followed, publisher, last, mark)
    else if (mark.generation === last.generation && mark.sequence === last.sequence) last.isReached = true
    return steps
  }

  /**
   * Takes note of what a publisher answered to what it was asked at `askedAt`, by this process's clock.
   * @returns how many of those in doubt are missing.
   */
  answered(publisher: string, mark: Mark, askedAt: number): number {
    const followed = this.#channels.get(mark.channel)
    if (followed === undefined || followed.since > askedAt) return 0
    const isAllSince = askedAt - mark.ageMs > followed.since
    const last = followed.publishers.get(publisher)
    if (last === undefined) {
      const { generation, sequence } = mark
      const base = { generation, sequence: isAllSince ? 0 : sequence, isReached: false, doubtful: 0 }
      put(followed, publisher, base)
      return 0
    }
    if (last.generation !== mark.generation || !isAllSince) return 0
    const { doubtful } = last
    last.doubtful = 0
    return doubtful
  }

  #begin(channel: string, followed: Followed, publisher: string, place: Place, doubtful: number): void {
    const { generation, sequence } = place
    put(followed, publisher, { generation, sequence, isReached: true, doubtful })
    if (doubtful > 0 && followed.since !== Number.POSITIVE_INFINITY) this.#doubts(channel)
  }
}

/** Whether a channel is followed only since a time. */
function isJoinedSince({ since }: Followed, time: number): boolean {
  return since !== Number.POSITIVE_INFINITY && since > time
}

/** How many envelopes there are from what was heard last to a place: 1 for the next, 0 for none. */
function stepsTo(last: Place, place: Place): number {
  if (place.generation < last.generation) return 0
  if (place.generation > last.generation) return place.sequence
  return Math.max(0, place.sequence - last.sequence)
}

/** Moves a publisher on to a place. */
function reach(followed: Followed, publisher: string, progress: Progress, place: Place): void {
  if (place.generation !== progress.generation) progress.doubtful = 0
  progress.generation = place.generation
  progress.sequence = place.sequence
  progress.isReached = true
  put(followed, publisher, progress)
}

/** Sets how far a publisher has come, and it last in the order of what was heard. */
function put(followed: Followed, publisher: string, progress: Progress): void {
  const { publishers } = followed
  publishers.delete(publisher)
  publishers.set(publisher, progress)
  if (publishers.size <= MAX_PUBLISHERS) return
  for (const oldest of publishers.keys()) {
    publishers.delete(oldest)
    break
  }
  // Who is forgotten would come as a stranger again, with everything in doubt that has long arrived.
  followed.since = Number.POSITIVE_INFINITY
}
