import { createHistogram } from 'node:perf_hooks'
import type { Client } from './client.js'
import { ClientGroup } from './client-group.js'
import type { Job, LoadResult, LoadShape } from './job.js'
import { type Load, MAX_MESSAGES, metered } from './load.js'

/**
 * How many times as long as other loads it runs, warm-up and all: one pause of ten milliseconds, for code that is compiled
 * or for garbage, would be more than a hundredth of their time, and so the 99th percentile of it.
 */
const LONGER = 5

/**
 * Messages that leave at a fixed rate. The time of each counts from when it should have left, so that a stall is not
 * hidden by the messages that wait for it.
 */
export class PacedLoad implements Load {
  readonly #job: Job
  readonly #shape: Extract<LoadShape, { kind: 'paced' }>
  readonly #group: ClientGroup
  readonly #due = new Map<Client, number[]>()
  #clients: readonly Client[] = []
  #request: Buffer = Buffer.alloc(0)
  #histogram = createHistogram()
  #underWay = 0
  #replies = 0
  #end: () => void = () => {}

  constructor(job: Job, shape: Extract<LoadShape, { kind: 'paced' }>) {
    this.#job = job
    this.#shape = shape
    this.#group = new ClientGroup(job)
  }

  async prepare(): Promise<void> {
    const onReplies = (client: Client, count: number) => this.#onReplies(client, count)
    this.#clients = await this.#group.open(this.#shape.connections, onReplies)
    for (const client of this.#clients) this.#due.set(client, [])
    this.#request = this.#group.expect(this.#job, this.#clients)
    await this.#phase(LONGER * this.#job.warmMs)
  }

  async run(): Promise<LoadResult> {
    this.#histogram = createHistogram()
    const result = await metered(() => this.#phase(LONGER * this.#job.runMs))
    const at = (percent: number) => this.#histogram.percentile(percent) / 1e9
    return { ...result, latency: { p50: at(50), p99: at(99), p999: at(99.9) } }
  }

  close(): Promise<void> {
    return this.#group.close()
  }

  async #phase(ms: number): Promise<number> {
    this.#replies = 0
    const total = Math.min(MAX_MESSAGES, Math.floor((this.#shape.perSecond * ms) / 1000))
    const gap = 1000 / this.#shape.perSecond
    const startedAt = performance.now()
    const over = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    let sent = 0
    const turn = () => {
      const wanted = Math.min(total, Math.floor((performance.now() - startedAt) / gap))
      for (; sent < wanted; sent++)
        this.#send(this.#clients[sent % this.#clients.length] as Client, startedAt + sent * gap)
      if (sent < total) setImmediate(turn)
    }
    this.#underWay = total
    turn()
    await Promise.race([this.#group.failure, over])
    return this.#replies
  }

  #send(client: Client, due: number): void {
    this.#due.get(client)?.push(due)
    client.socket.write(this.#request)
  }

  #onReplies(client: Client, count: number): void {
    this.#group.alive()
    const now = performance.now()
    for (const due of this.#due.get(client)?.splice(0, count) ?? []) {
      this.#histogram.record(Math.max(1, Math.round((now - due) * 1e6)))
    }
    this.#replies += count
    this.#underWay -= count
    if (this.#underWay === 0) this.#end()
  }
}
