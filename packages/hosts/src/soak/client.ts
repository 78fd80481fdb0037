import { encodeFrame, Opcode, RawConnection, turn, upgradeRequest } from '@echosession/probe'
import { createRandom } from '../faults/random.js'

/** Keeps idle sessions open. */
export class IdleClients {
  readonly #address: { readonly port: number; readonly secure: boolean }
  readonly #clients: RawConnection[] = []

  constructor(port: number, secure: boolean) {
    this.#address = { port, secure }
  }

  /** Connects, some at a time. */
  async open(count: number, tick: (done: number) => void): Promise<void> {
    while (this.#clients.length < count) {
      const missing = Math.min(100, count - this.#clients.length)
      const next = Array.from({ length: missing }, () => RawConnection.upgrade(this.#address, '/ws'))
      this.#clients.push(...(await Promise.all(next)))
      tick(this.#clients.length)
    }
    tick(0)
  }

  /** Closes them all, with the closing handshake. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.close(1000)
    for (const client of this.#clients.splice(0)) await client.gone()
  }
}

type Ending = 'close' | 'fin' | 'reset' | 'abort'

const ENDINGS: readonly Ending[] = ['close', 'fin', 'reset', 'abort']

/** Connects and leaves again, in every way that there is. */
export class Churn {
  /** How often each way was taken. */
  readonly taken: Record<Ending, number> = { close: 0, fin: 0, reset: 0, abort: 0 }
  readonly #address: { readonly port: number; readonly secure: boolean }
  readonly #random: (below: number) => number

  constructor(port: number, secure: boolean, seed: number) {
    this.#address = { port, secure }
    this.#random = createRandom(seed)
  }

  /** Runs so many cycles, a hundred at a time. */
  async run(cycles: number, tick: (done: number) => void): Promise<void> {
    for (let done = 0; done < cycles; done += 100) {
      const batch = Math.min(100, cycles - done)
      await Promise.all(Array.from({ length: batch }, () => this.#cycle()))
      tick(done + batch)
    }
    tick(0)
  }

  async #cycle(): Promise<void> {
    const random = this.#random
    const ending = ENDINGS[random(ENDINGS.length)] as Ending
    this.taken[ending]++
    const path = random(4) === 0 ? '/slow' : '/ws'
    if (ending === 'abort') return this.#abort(random(5) === 0 ? '/nowhere' : path)
    const client = await RawConnection.upgrade(this.#address, path)
    if (random(2) === 0) {
      client.send(Opcode.text, 'hello')
      await client.message()
    }
    if (ending === 'close') {
      client.close(1000)
      await client.gone()
    } else if (ending === 'fin') {
      client.socket.end()
      await client.gone()
    } else client.reset()
    client.socket.destroy()
  }

  async #abort(path: string): Promise<void> {
    const random = this.#random
    const client = await RawConnection.open(this.#address)
    const bytes = Buffer.concat([Buffer.from(upgradeRequest(path)), encodeFrame(Opcode.text, 'early')])
    client.write(bytes.subarray(0, random(3) === 0 ? random(bytes.length) : bytes.length))
    for (let turns = random(5); turns > 0; turns--) await turn()
    if (random(2) === 0) client.reset()
    else client.socket.end()
    for (let turns = random(3); turns > 0; turns--) await turn()
    client.socket.destroy()
  }
}
