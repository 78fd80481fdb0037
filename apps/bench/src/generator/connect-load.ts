import { ClientGroup } from './client-group.js'
import type { Job, LoadResult, LoadShape } from './job.js'
import { type Load, metered } from './load.js'

const SETTLE_MS = 150

/** Clients that connect and then say nothing. */
export class ConnectLoad implements Load {
  readonly #job: Job
  readonly #shape: Extract<LoadShape, { kind: 'connect' }>
  #group: ClientGroup | undefined

  constructor(job: Job, shape: Extract<LoadShape, { kind: 'connect' }>) {
    this.#job = job
    this.#shape = shape
  }

  async prepare(): Promise<void> {
    const { warm, connections } = this.#shape
    // As many at a time as will be measured: a heap that grows is dearer than what is done with it.
    for (let done = 0; done < warm; done += connections) {
      await this.#connect(Math.min(connections, warm - done))
      await this.close()
    }
    // What the server has to do for those who left is not what is measured.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }

  run(): Promise<LoadResult> {
    return metered(() => this.#connect(this.#shape.connections))
  }

  async close(): Promise<void> {
    await this.#group?.close()
    this.#group = undefined
  }

  async #connect(count: number): Promise<number> {
    this.#group = new ClientGroup(this.#job)
    const { length } = await this.#group.open(count, () => {}, this.#shape.concurrency)
    // They may be quiet for longer than any load that has something under way.
    this.#group.rest()
    return length
  }
}
