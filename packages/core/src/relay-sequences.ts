import type { Mark, Place } from './relay-envelope.js'

/** Counters of channels that have been published to: more are not kept, the one used longest ago goes. */
const MAX_CHANNELS = 100_000
/** Publishers that are followed on one channel. */
const MAX_PUBLISHERS = 1_024

/** Numbers what this process publishes, channel by channel. */
export class SentSequences {
  readonly #places = new Map<string, Place>()
  #generation = 0

  /** The place of the next envelope on a channel. */
  next(channel: string): Place {
    const last = this.#places.get(channel)
    const place =
      last === undefined
        ? { generation: ++this.#generation, sequence: 1 }
        : { generation: last.generation, sequence: last.sequence + 1 }
    // Taken out first, so that the channels stand in the order of their last use.
    this.#places.delete(channel)
    this.#places.set(channel, place)
    if (this.#places.size > MAX_CHANNELS) {
      for (const oldest of this.#places.keys()) {
        this.#places.delete(oldest)
        break
      }
    }
    return place
  }

  /** How far each channel has come. */
  get marks(): readonly Mark[] {
    return [...this.#places].map(([channel, place]) => ({ channel, ...place }))
  }
}

/** Follows what other processes publish, to tell what is missing. */
export class HeardSequences {
  readonly #channels = new Map<string, Map<string, Place>>()

  /** Begins to follow a channel. */
  follow(channel: string): void {
    if (!this.#channels.has(channel)) this.#channels.set(channel, new Map())
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
    const steps = this.#stepsTo(channel, publisher, place)
    if (steps === 0) return undefined
    this.#note(channel, publisher, place)
    return steps === undefined ? 0 : steps - 1
  }

  /** Takes note of how far a publisher has come by its own word; returns how many are missing. */
  marked(publisher: string, mark: Mark): number {
    const steps = this.#stepsTo(mark.channel, publisher, mark)
    if (steps !== 0) this.#note(mark.channel, publisher, mark)
    return steps ?? 0
  }

  // How many envelopes there are from the last that was heard to this place: 1 for the next, 0 for none. Undefined for a
  // publisher that is heard for the first time.
  #stepsTo(channel: string, publisher: string, place: Place): number | undefined {
    const last = this.#channels.get(channel)?.get(publisher)
    if (last === undefined) return undefined
    if (place.generation < last.generation) return 0
    if (place.generation > last.generation) return place.sequence
    return Math.max(0, place.sequence - last.sequence)
  }

  #note(channel: string, publisher: string, place: Place): void {
    const publishers = this.#channels.get(channel)
    if (publishers === undefined) return
    publishers.delete(publisher)
    publishers.set(publisher, { generation: place.generation, sequence: place.sequence })
    if (publishers.size <= MAX_PUBLISHERS) return
    for (const oldest of publishers.keys()) {
      publishers.delete(oldest)
      break
    }
  }
}
