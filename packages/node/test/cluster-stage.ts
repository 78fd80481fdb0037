import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from '@echosession/probe'

/** What a test asks of the primary (`to` is 0) or of a worker. */
export interface Command {
  readonly to: number
  readonly call: number
  readonly name: string
  readonly args: readonly unknown[]
}

/** What comes back. */
export type Report =
  | { readonly report: 'answer'; readonly call: number; readonly value?: unknown; readonly error?: unknown }
  | { readonly report: 'event'; readonly worker: number; readonly event: string }

const PROGRAM = fileURLToPath(new URL('cluster-program.js', import.meta.url))

/** A worker of the program. */
export interface StageWorker {
  readonly id: number
  readonly pid: number
  /** What its relays have reported, each with the number of the relay in front; and how it has ended. */
  readonly events: string[]
  call(name: string, ...args: readonly unknown[]): Promise<unknown>
  /** Waits until an event has come the given number of times. */
  heard(event: string, times?: number): Promise<void>
}

/** A clustered program, run for a test. */
export class ClusterStage {
  readonly pid: number
  readonly #program: ChildProcess
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  readonly #events = new Map<number, string[]>()
  #changed: (() => void)[] = []
  #lastCall = 0

  /** Starts the program; it ends with the test file. */
  constructor(serialization: 'json' | 'advanced' = 'json') {
    this.#program = fork(PROGRAM, [serialization])
    this.pid = this.#program.pid ?? 0
    this.#program.on('message', (message) => this.#take(message as Report))
    after(() => this.#end())
  }

  /** Asks the primary for something. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#call(0, name, args)
  }

  /** Starts a worker. */
  async fork(): Promise<StageWorker> {
    const { id, pid } = (await this.call('fork')) as { id: number; pid: number }
    const events: string[] = this.#events.get(id) ?? []
    this.#events.set(id, events)
    return {
      id,
      pid,
      events,
      call: (name, ...args) => this.#call(id, name, args),
      heard: (event, times = 1) =>
        this.#until(() => events.filter((other) => other === event).length >= times, event),
    }
  }

  /** Starts a worker with a relay that is up. */
  async join(prefix?: string): Promise<StageWorker> {
    const worker = await this.fork()
    await worker.call('open', ...(prefix === undefined ? [] : [prefix]))
    await worker.heard('0 up')
    return worker
  }

  #call(to: number, name: string, args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#lastCall
    const answer = new Promise((resolve, reject) => this.#calls.set(call, { resolve, reject }))
    this.#program.send({ to, call, name, args } satisfies Command)
    return within(answer, `the answer to ${name}`, 30_000)
  }

  #take(message: Report): void {
    if (message.report === 'event') {
      const events = this.#events.get(message.worker)
      if (events === undefined) this.#events.set(message.worker, [message.event])
      else events.push(message.event)
      for (const changed of this.#changed.splice(0)) changed()
      return
    }
    const waiter = this.#calls.get(message.call)
    this.#calls.delete(message.call)
    if (message.error === undefined) waiter?.resolve(message.value)
    else waiter?.reject(message.error)
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const wait = async () => {
      while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve))
    }
    await within(wait(), JSON.stringify(what), 30_000)
  }

  async #end(): Promise<void> {
    if (this.#program.exitCode !== null || this.#program.signalCode !== null) return
    const exited = once(this.#program, 'exit')
    this.#program.kill('SIGCONT')
    this.#program.disconnect()
    await exited
  }
}
