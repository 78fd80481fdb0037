import type { Client } from './client.js'
import { ClientGroup } from './client-group.js'
import { ClosedLoop } from './closed-loop.js'
import type { Job, LoadResult, LoadShape } from './job.js'
import { type Load, metered } from './load.js'

/** Clients of which some send, in turn, and all receive what the others in their room send. */
export class FanOutLoad implements Load {
  readonly #job: Job
  readonly #shape: Extract<LoadShape, { kind: 'fan-out' }>
  readonly #group: ClientGroup
  readonly #loop: ClosedLoop
  readonly #members: number
  /** What comes for one burst. */
  readonly #unit: number
  #clients: readonly Client[] = []
  #bursts: readonly Buffer[] = []
  #next = 0

  constructor(job: Job, shape: Extract<LoadShape, { kind: 'fan-out' }>) {
    this.#job = job
    this.#shape = shape
    this.#group = new ClientGroup(job)
    this.#loop = new ClosedLoop(this.#group)
    this.#members = shape.connections / (shape.rooms ?? 1)
    this.#unit = this.#members * shape.burst
  }

  async prepare(): Promise<void> {
    const { connections, rooms, burst } = this.#shape
    const roomOf = (index: number) => `r${Math.floor(index / this.#members)}`
    this.#clients = await this.#group.open(
      connections,
      (_client, count) => this.#onReplies(count),
      undefined,
      rooms === undefined ? undefined : (index) => `/ws?room=${roomOf(index)}`,
    )
    this.#bursts = Array.from({ length: rooms ?? 1 }, (_, room) => {
      const members = this.#clients.slice(room * this.#members, (room + 1) * this.#members)
      const request = this.#group.expect(this.#job, members, rooms === undefined ? undefined : `r${room}`)
      return Buffer.concat(Array.from({ length: burst }, () => request))
    })
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
      for (let sender = 0; sender < this.#shape.senders; sender++) this.#send()
    })
  }

  // The senders take turns, and so do the rooms.
  #send(): void {
    const rooms = this.#bursts.length
    const turn = this.#next++
    const room = turn % rooms
    const member = Math.floor(turn / rooms) % this.#members
    this.#loop.sent(this.#unit)
    const sender = this.#clients[room * this.#members + member] as Client
    sender.socket.write(this.#bursts[room] as Buffer)
  }

  #onReplies(count: number): void {
    const before = this.#loop.received
    if (!this.#loop.came(count)) return
    const done = Math.floor((before + count) / this.#unit) - Math.floor(before / this.#unit)
    for (let more = 0; more < done; more++) this.#send()
  }
}
