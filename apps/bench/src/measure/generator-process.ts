import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { BenchError } from '../bench-error.js'
import type { Answer, Job, LoadResult, Order } from '../generator/job.js'
import { pinned } from './pinning.js'

const SCRIPT = fileURLToPath(new URL('../generator/main.js', import.meta.url))

/** The load generator, in a process of its own. */
export class GeneratorProcess {
  readonly #child: ChildProcess
  readonly #gone: Promise<never>

  /** Starts it on a CPU of its own where there is one. */
  constructor(cpu: number | undefined) {
    const [execPath, ...execArgv] = pinned(cpu, [process.execPath])
    this.#child = fork(SCRIPT, { execPath, execArgv, detached: true })
    this.#gone = once(this.#child, 'exit').then(([code, signal]) => {
      throw new BenchError(`The load generator ended by itself (${signal ?? code}).`)
    })
    this.#gone.catch(() => {})
  }

  /** Connects and warms up. */
  async prepare(job: Job): Promise<void> {
    await this.#ask({ prepare: job })
  }

  /** Runs what was prepared. */
  async run(): Promise<LoadResult> {
    const answer = await this.#ask({ run: true })
    if (!('result' in answer)) throw new BenchError('The load generator has no result.')
    return answer.result
  }

  /** Disconnects everything. */
  async close(): Promise<void> {
    await this.#ask({ close: true })
  }

  /** Ends it. */
  stop(): void {
    this.#child.kill('SIGKILL')
  }

  // Its own deadlines are shorter than any wait here.
  async #ask(order: Order): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.#child.once('message', resolve))
    this.#child.send(order)
    const told = await Promise.race([answer, this.#gone])
    if ('failed' in told) throw new BenchError(told.failed)
    return told
  }
}
