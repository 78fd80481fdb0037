import type { Client } from './client.js'
import { ClientGroup } from './client-group.js'
import { ClosedLoop } from './closed-loop.js'
import type { Job, LoadResult, LoadShape } from './job.js'
import { type Load, metered } from './load.js'

/** Clients that send as many messages as may be under way, and one more for each reply. */
export class EchoLoad implements Load {
  readonly #job: Job
  readonly #shape: Extract<LoadShape, { kind: 'echo' }>
  readonly #group: ClientGroup
  readonly #loop: ClosedLoop
  #clients: readonly Client[] = []
  #requests: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(job: Job, shape: Extract<LoadShape, { kind: 'echo' }>) {
    this.#job = job
    this.#shape = shape
    this.#group = new ClientGroup(job)
    this.#loop = new ClosedLoop(this.#group)
  }

  async prepare(): Promise<void> {
    const { connections, depth, idle = 0 } = this.#shape
    this.#clients = await this.#group.open(connections, (client, count) => {
      if (this.#loop.came(count)) this.#send(client, count)
    })
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

  #phase(ms: number): Promise<number> {
    return this.#loop.run(ms, () => {
      for (const client of this.#clients) this.#send(client, this.#shape.depth)
    })
  }

  #send(client: Client, count: number): void {
    this.#loop.sent(count)
    client.socket.write(this.#requests.subarray(0, count * this.#length))
  }
}
