import { ChatGuest } from './chat-guest.js'
import type { Cluster } from './cluster.js'
import type { DemoProcess } from './demo-process.js'

const ROOM = 'tea'
const NAMES = ['Ada', 'Bob', 'Carol', 'Dave']
const GREETINGS = [
  'Hello, is anybody there?',
  'Yes, but I am in another process.',
  'So am I.',
  'And I. Smörgåsbord 🙂',
]

/** How long presence may be wrong after a process has died, besides the timeout: for the last signals and the clock. */
const LATENESS_MS = 1_000

/** One conversation over all processes, told line by line: who did it where, and where it was heard. */
export class Conversation {
  readonly #cluster: Cluster
  readonly #presenceTimeoutMs: number
  readonly #say: (line: string) => void
  readonly #width: number
  #guests: readonly ChatGuest[] = []

  constructor(cluster: Cluster, presenceTimeoutMs: number, say: (line: string) => void) {
    this.#cluster = cluster
    this.#presenceTimeoutMs = presenceTimeoutMs
    this.#say = say
    this.#width = cluster.processes.map(({ title }) => title).join(', ').length
  }

  /** Everyone comes in and says something. */
  async begin(): Promise<void> {
    for (const [at, demo] of this.#cluster.processes.entries()) {
      const others = this.#guests.map(({ name }) => name)
      const [guest, present] = await ChatGuest.enter(NAMES[at] ?? demo.name, demo, ROOM, others)
      const heard = await this.#heard(this.#guests, 'join', guest.name)
      this.#tell(demo.title, heard, `${guest.name} comes in; here: ${present.join(', ')}`)
      this.#guests = [...this.#guests, guest]
    }
    for (const [at, guest] of this.#guests.entries()) {
      const text = GREETINGS[at] ?? ''
      guest.say(text)
      const heard = await this.#heard(this.#guests, 'message', guest.name)
      this.#tell(guest.at.title, heard, `${guest.name}: ${text}`)
    }
  }

  /** Everyone goes, in four ways: a process that is killed, one that ends, and two guests who leave. */
  async end(): Promise<void> {
    const [first, second, third, fourth] = this.#guests
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) return
    const seconds = await this.#killed(fourth, [first, second, third])
    const bound = (this.#presenceTimeoutMs / 1_000).toFixed(1)
    this.#say(`${' '.repeat(13)}The others were sure of it after ${seconds} s; promised are ${bound} s.`)
    await this.#ended(third, [first, second])
    second.leave()
    this.#tell(second.at.title, await this.#heard([first], 'leave', second.name), `${second.name} leaves`)
    first.leave()
  }

  /** The guests leave; the processes go on. */
  leave(): void {
    for (const guest of this.#guests) guest.leave()
  }

  async #killed(guest: ChatGuest, others: readonly ChatGuest[]): Promise<string> {
    const at = performance.now()
    await guest.at.kill()
    const heard = await this.#heard(others, 'leave', guest.name, this.#presenceTimeoutMs + LATENESS_MS)
    this.#tell(guest.at.title, heard, `killed; ${guest.name} is gone`)
    return ((performance.now() - at) / 1_000).toFixed(1)
  }

  async #ended(guest: ChatGuest, others: readonly ChatGuest[]): Promise<void> {
    const ending = guest.at.stop()
    this.#tell(
      guest.at.title,
      await this.#heard(others, 'leave', guest.name),
      `shuts down; ${guest.name} is gone`,
    )
    await ending
  }

  async #heard(
    guests: readonly ChatGuest[],
    type: 'join' | 'leave' | 'message',
    name: string,
    patienceMs?: number,
  ): Promise<readonly DemoProcess[]> {
    await Promise.all(guests.map((guest) => guest.hear(type, name, patienceMs)))
    return guests.map(({ at }) => at)
  }

  #tell(where: string, heard: readonly DemoProcess[], what: string): void {
    const list = heard.map(({ title }) => title).join(', ') || 'nobody yet'
    this.#say(`${where.padEnd(10)} -> ${list.padEnd(this.#width)}  ${what}`)
  }
}
