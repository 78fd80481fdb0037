import type { Socket } from 'node:net'
import type { SessionDefinition, SessionsOptions } from '@echosession/core'
import { createManualClock, type ManualClock } from '@echosession/core/memory'
import { Transcript } from '../wire/transcript.js'
import type { ContractClient, DialAnswer, DialRequest } from './contract-client.js'
import { dialNetwork } from './network-dial.js'
import { type Patience, turn, Waiter } from './patience.js'
import { Recorder } from './recorder.js'
import { Stand } from './stand.js'
import type { HostSetup, Mounted, Target, TargetCapabilities } from './target.js'
import { Trace } from './trace.js'

/** What one case is played on: a clock of its own, a trace, and as many mounted definitions as it wants. */
export class Stage {
  readonly capabilities: TargetCapabilities
  /** The clock of every engine on this stage; it stands until the case moves it. */
  readonly clock: ManualClock = createManualClock()
  /** What the case's handlers wrote down. */
  readonly trace = new Trace()
  /** What went over the wire. */
  readonly transcript = new Transcript()
  readonly #target: Target
  readonly #waiter: Waiter
  readonly #mounted: Mounted[] = []
  readonly #sockets = new Set<Socket>()
  #number = 0

  constructor(target: Target, patience: Patience) {
    this.#target = target
    this.capabilities = target.capabilities
    this.#waiter = new Waiter(patience, target.capabilities.network)
  }

  /** Mounts a definition; it is taken down when the case is over. */
  async mount(
    definition: SessionDefinition,
    options: SessionsOptions = {},
    host: HostSetup = {},
  ): Promise<Stand> {
    const observed = new Recorder()
    const mounted = await this.#target.mount(
      definition,
      { clock: this.clock, observer: observed, ...options },
      host,
    )
    this.#mounted.push(mounted)
    return new Stand(this, mounted, observed)
  }

  /** Sends an upgrade request to something mounted. */
  dial(mounted: Mounted, request: DialRequest): Promise<DialAnswer> {
    if (mounted.dial !== undefined)
      return this.soon(mounted.dial(request, this.transcript), 'an answer to the handshake')
    if (mounted.url === undefined) throw new Error(`${this.#target.name} has neither a url nor a dial.`)
    return this.soon(
      dialNetwork(mounted.url, request, this.transcript, this.#sockets),
      'an answer to the handshake',
    )
  }

  /**
   * Waits until something holds.
   * @throws Error that says what did not happen.
   */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (!(await this.#waiter.holds(condition))) throw new Error(`This did not happen in time: ${what}.`)
  }

  /**
   * Waits for a promise.
   * @throws Error that says what did not happen.
   */
  async soon<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {})
    await this.until(() => isSettled, what)
    return settled
  }

  /** The next message at a client, as text; undefined when the connection is gone. */
  async nextText(client: ContractClient): Promise<string | undefined> {
    const message = await this.soon(client.next(), 'a message for the client')
    return message === undefined ? undefined : Buffer.from(message.bytes).toString()
  }

  /** Lets what is under way inside this process happen. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await turn()
  }

  /** Moves the clock in steps and lets what comes due happen in between. */
  async advance(ms: number, stepMs = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(left, stepMs))
      await this.settle()
    }
  }

  /** A number that this stage has not given before. */
  nextNumber(): number {
    return this.#number++
  }

  /** Takes everything down. A host that drains needs time to pass for what does not end by itself. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    for (const mounted of this.#mounted) {
      let isClosed = false
      const closing = mounted.close().finally(() => {
        isClosed = true
      })
      closing.catch(() => {})
      await this.until(() => {
        this.clock.advance(1_000)
        return isClosed
      }, 'the shutdown of the host')
      await closing
    }
    await this.settle()
  }
}
