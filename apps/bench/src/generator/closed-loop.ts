import type { ClientGroup } from './client-group.js'
import { afterWork, MAX_MESSAGES } from './load.js'

/** A load that sends more for what has come, until its time is over and nothing is under way. */
export class ClosedLoop {
  readonly #group: ClientGroup
  #sending = false
  #underWay = 0
  #received = 0
  #end: () => void = () => {}

  constructor(group: ClientGroup) {
    this.#group = group
  }

  /** How much has come since the loop began. */
  get received(): number {
    return this.#received
  }

  /** Runs for so many milliseconds of work from what `begin` sends on; says how much has come. */
  async run(ms: number, begin: () => void): Promise<number> {
    this.#received = 0
    this.#sending = true
    const over = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    const stop = afterWork(ms, () => {
      this.#sending = false
    })
    try {
      begin()
      await Promise.race([this.#group.failure, over])
    } finally {
      stop()
    }
    return this.#received
  }

  /** Something was sent for which so much is to come. */
  sent(count: number): void {
    this.#underWay += count
  }

  /** Something has come; tells whether more is to be sent for it. */
  came(count: number): boolean {
    this.#group.alive()
    this.#received += count
    this.#underWay -= count
    if (this.#sending && this.#received < MAX_MESSAGES) return true
    if (this.#underWay === 0) this.#end()
    return false
  }
}
