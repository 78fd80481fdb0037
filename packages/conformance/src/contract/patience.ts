/** How long a case waits for something before it says that it did not happen. */
export interface Patience {
  /** Milliseconds, for what comes over a network. */
  readonly networkMs: number
  /** Turns of the event loop, for what happens inside this process. */
  readonly turns: number
}

/** Enough for a machine that does several things at once. */
export const DEFAULT_PATIENCE: Patience = { networkMs: 10_000, turns: 200 }

/** Lets one turn of the event loop go by. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Waits turn by turn until something holds. */
export class Waiter {
  readonly #patience: Patience
  readonly #isNetwork: boolean

  constructor(patience: Patience, isNetwork: boolean) {
    this.#patience = patience
    this.#isNetwork = isNetwork
  }

  /** Whether it came to hold in time. */
  async holds(condition: () => boolean): Promise<boolean> {
    const giveUpAt = performance.now() + this.#patience.networkMs
    for (let turns = 0; !condition(); turns++) {
      const isOver = this.#isNetwork ? performance.now() > giveUpAt : turns >= this.#patience.turns
      // One last look: a process that was held up has not looked for a while.
      if (isOver) return condition()
      await turn()
    }
    return true
  }
}
