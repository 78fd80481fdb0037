import { Client, type ClientListener, type ClientSettings } from './client.js'
import { ExpectedContent } from './expected-content.js'
import { ExpectedStream } from './expected-stream.js'
import type { Job } from './job.js'
import { wireOf } from './wire.js'

const AT_ONCE = 64
const ROOM_CHUNK = 2_048
const STALL_MS = 15_000

/** The clients of one load, and whatever goes wrong with any of them. */
export class ClientGroup {
  readonly clients: Client[] = []
  /** Rejects when a client fails or nothing comes any more. */
  readonly failure: Promise<never>
  readonly #settings: ClientSettings
  #fail: (error: Error) => void = () => {}
  #isAlive = false
  readonly #watch: NodeJS.Timeout

  constructor(settings: ClientSettings) {
    this.#settings = settings
    this.failure = new Promise((_resolve, reject) => {
      this.#fail = reject
    })
    this.failure.catch(() => {})
    this.#watch = setInterval(() => {
      if (!this.#isAlive) this.fail(`nothing came for ${STALL_MS / 1000} s`)
      this.#isAlive = false
    }, STALL_MS)
  }

  /** Gives up. */
  fail(sentence: string): void {
    this.#fail(new Error(sentence))
  }

  /** Says that the load goes on. */
  alive(): void {
    this.#isAlive = true
  }

  /** Connects so many clients, `atOnce` of them at a time. */
  async open(
    count: number,
    onReplies: (client: Client, count: number) => void,
    atOnce = AT_ONCE,
    pathOf?: (index: number) => string,
  ): Promise<Client[]> {
    const listener: ClientListener = {
      replies: onReplies,
      failed: (sentence) => this.fail(sentence),
    }
    const opened: Client[] = []
    let next = 0
    const connectSome = async () => {
      for (let index = next++; index < count; index = next++) {
        const settings = pathOf === undefined ? this.#settings : { ...this.#settings, path: pathOf(index) }
        const client = await Client.open(settings, listener)
        this.#isAlive = true
        this.clients.push(client)
        opened[index] = client
      }
    }
    await Promise.race([
      this.failure,
      Promise.all(Array.from({ length: Math.min(atOnce, count) }, connectSome)),
    ])
    return opened
  }

  /** Tells clients what has to come; returns what has to be sent for it. */
  expect(job: Job, clients: readonly Client[], room?: string): Buffer {
    const { request, reply } = wireOf(job, room)
    // There may be many rooms, each with a stream of its own and little that comes at once.
    const chunk = room === undefined ? undefined : ROOM_CHUNK
    const replies = reply === undefined ? new ExpectedContent(job) : new ExpectedStream(reply, chunk)
    for (const client of clients) client.expect(replies)
    return request
  }

  /** Expects nothing to come any more. */
  rest(): void {
    clearInterval(this.#watch)
  }

  /** Closes every client. */
  async close(): Promise<void> {
    this.rest()
    await Promise.all(this.clients.splice(0).map((client) => client.close()))
  }
}
