import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from '@echosession/probe'
import type { Measure, Order, Told } from './measure.js'

// Longer than the shutdown of a host with ten thousand sessions takes.
const PATIENCE_MS = 60_000

async function answerOf(child: ChildProcess, what: string): Promise<Told> {
  const done = new AbortController()
  const { signal } = done
  const ended = once(child, 'exit', { signal }).then(([code, by]: unknown[]): never => {
    throw new Error(`the server ended with ${code ?? by} before it had answered to ${what}`)
  })
  const answer = once(child, 'message', { signal }) as Promise<[Told]>
  try {
    const [told] = await within(Promise.race([answer, ended]), `the answer to ${what}`, PATIENCE_MS)
    return told
  } finally {
    // Whichever did not come is not waited for any more.
    done.abort()
    await Promise.allSettled([answer, ended])
  }
}

/** One host in a process of its own. */
export class ServerProcess {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Starts it and waits until it listens. */
  static async start(host: string, secure: boolean): Promise<ServerProcess> {
    const script = fileURLToPath(new URL('server.js', import.meta.url))
    const child = fork(script, [host, secure ? 'tls' : 'plain'], { execArgv: ['--expose-gc'] })
    const told = await answerOf(child, 'its start')
    if (!('listening' in told)) throw new Error('the server did not say where it listens')
    return new ServerProcess(child, told.listening)
  }

  /** Collects the garbage and measures. */
  async measure(): Promise<Measure> {
    const told = await this.#ask('measure')
    if (!('measure' in told)) throw new Error('the server did not measure')
    return told.measure
  }

  /** Measures again until nothing is under way any more. */
  async settle(): Promise<Measure> {
    for (let round = 0; ; round++) {
      const measure = await this.measure()
      if (measure.active + measure.pending + measure.connections === 0 || round === 50) return measure
    }
  }

  /** Shuts down; resolves with what reached the process itself, and how it ended. */
  async close(): Promise<{ readonly faults: readonly string[]; readonly code: number | null }> {
    const exit = once(this.#child, 'exit') as Promise<[number | null]>
    const told = await this.#ask('close')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 15_000)
    const [code] = await exit
    clearTimeout(late)
    return { faults: 'faults' in told ? told.faults : [], code }
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #ask(order: Order): Promise<Told> {
    const answer = answerOf(this.#child, order)
    this.#child.send(order)
    return answer
  }
}
