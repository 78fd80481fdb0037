import type { Client } from './client.js'
import { ClientGroup } from './client-group.js'
import type { Job, LoadResult, LoadShape } from './job.js'
import { afterWork, type Load, MAX_MESSAGES, metered } from './load.js'

/** Clients that send as many messages as may be under way, and one more for each reply. */
export class EchoLoad implements Load {
  readonly #job: Job
  readonly #shape: Extract<LoadShape, { kind: 'echo' }>
  readonly #group: ClientGroup
  #clients: readonly Client[] = []
  #requests: Buffer = Buffer.alloc(0)
  #length = 0
  #sending = false
  #underWay = 0
  #messages = 0
  #end: () => void = () => {}

  constructor(job: Job, shape: Extract<LoadShape, { kind: 'echo' }>) {
    this.#job = job
    this.#shape = shape
    this.#group = new ClientGroup(job)
  }

  async prepare(): Promise<void> {
    const { connections, depth, idle = 0 } = this.#shape
    this.#clients = await this.#group.open(connections, (client, count) => this.#onReplies(client, count))
    const request = this.#group.expect(this.#job, this.#clients)
    this.#length = request.length
    this.#requests = Buffer.concat(Array.from({ length: depth }, () => request))
    await this.#group.open(idle, () => {})
    await this.#phase(this.#job.warmMs)
  }

  run(): Promise<LoadResult> {
    return metered(() => this.#phase(this.#job.runMs))
  }

  close(): Promise<void> {
    return this.#group.close()
  }

  async #phase(ms: number): Promise<number> {
    this.#messages = 0
    this.#sending = true
    const over = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    const stop = afterWork(ms, () => {
      this.#sending = false
    })
    for (const client of this.#clients) this.#send(client, this.#shape.depth)
    await Promise.race([this.#group.failure, over])
    stop()
    return this.#messages
  }

  #send(client: Client, count: number): void {
    this.#underWay += count
    client.socket.write(this.#requests.subarray(0, count * this.#length))
  }

  #onReplies(client: Client, count: number): void {
    this.#group.alive()
    this.#messages += count
    this.#underWay -= count
    if (this.#sending && this.#messages < MAX_MESSAGES) this.#send(client, count)
    else if (this.#underWay === 0) this.#end()
  }
}
