import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { BenchError } from '../bench-error.js'
import type { ServerLine, ServerPlan, ServerUsage } from '../servers/server-plan.js'
import { type CpuSource, readCpuSeconds } from './cpu-time.js'

const START_MS = 30_000
const USAGE_MS = 60_000
/** How much later than the end of its connections that of a process may be heard of. */
const END_MS = 1_000

/** A server under test, in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #name: string
  readonly #source: CpuSource
  readonly #lines: ServerLine[] = []
  readonly #ended: Promise<void>
  #stderr = ''
  #wake: () => void = () => {}
  #port = 0

  private constructor(child: ChildProcess, name: string, source: CpuSource) {
    this.#child = child
    this.#name = name
    this.#source = source
    child.stderr?.on('data', (text) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-2_000)
    })
    if (child.stdout !== null) {
      createInterface(child.stdout).on('line', (line) => {
        this.#lines.push(JSON.parse(line) as ServerLine)
        this.#wake()
      })
    }
    child.stdin?.on('error', () => {})
    this.#ended = once(child, 'close').then(
      () => this.#wake(),
      (error: Error) => {
        this.#stderr = error.message
        this.#wake()
      },
    )
  }

  /** Where it listens. */
  get port(): number {
    return this.#port
  }

  /** Whether it has ended by itself. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /**
   * Starts a server and waits until it listens.
   * @throws {@link BenchError} when it does not.
   */
  static async start(
    command: readonly [string, ...string[]],
    plan: ServerPlan,
    source: CpuSource,
  ): Promise<ServerProcess> {
    const [file, ...line] = command
    const env = { ...process.env, NODE_ENV: 'production' }
    // In a group of its own it does not hear of Ctrl-C; the end of its input ends it.
    const child = spawn(file, line, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const server = new ServerProcess(child, plan.target, source)
    try {
      const told = await server.#next(START_MS)
      if ('failed' in told) {
        const taken = told.failed.includes('EADDRINUSE')
        throw new BenchError(
          taken
            ? `Port ${plan.port} is in use; give another --port, or none for a free one.`
            : `${plan.target} did not start: ${told.failed}`,
          taken,
        )
      }
      if (!('listening' in told)) throw new BenchError(`${plan.target} did not say where it listens.`)
      server.#port = told.listening
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** The CPU seconds that it has used so far. */
  async cpuSeconds(): Promise<number> {
    if (this.hasEnded) throw this.#gone()
    const { pid } = this.#child
    const read = pid === undefined ? undefined : readCpuSeconds(pid, this.#source)
    return read ?? (await this.usage()).cpuMicros / 1e6
  }

  /** Lets it collect its garbage, and asks what it holds. */
  async usage(): Promise<ServerUsage> {
    this.#child.stdin?.write('usage\n')
    const told = await this.#next(USAGE_MS)
    if (!('usage' in told)) throw new BenchError(`${this.#name} did not say what it holds.`)
    return told.usage
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** How it ended, when it should not have: asked when something went wrong, which its end may be the reason of. */
  async gone(): Promise<BenchError | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS)
    })
    await Promise.race([this.#ended, late])
    clearTimeout(timer)
    return this.hasEnded ? this.#gone() : undefined
  }

  #gone(): BenchError {
    const { exitCode, signalCode } = this.#child
    const how = signalCode === null ? `with exit code ${exitCode}` : `by ${signalCode}`
    const last = this.#stderr.split('\n').find((line) => /error/i.test(line))
    return new BenchError(`${this.#name} ended ${how}${last === undefined ? '' : `: ${last.trim()}`}.`)
  }

  async #next(ms: number): Promise<ServerLine> {
    const deadline = performance.now() + ms
    while (this.#lines.length === 0) {
      if (this.hasEnded || this.#child.pid === undefined) {
        await this.#ended
        if (this.#lines.length > 0) break
        throw this.#gone()
      }
      const left = deadline - performance.now()
      if (left <= 0) throw new BenchError(`${this.#name} said nothing for ${ms / 1000} s.`)
      await this.#woken(left)
    }
    return this.#lines.shift() as ServerLine
  }

  #woken(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
