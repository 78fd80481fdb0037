import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DEMOS, type DemoName, StartError } from 'demo-kit'

const START_MS = 20_000
/** What a demo has for its drain, and some. */
const STOP_MS = 15_000

/** A demo that runs as a process of its own. */
export class DemoProcess {
  readonly name: DemoName
  /** The host, as people call it. */
  readonly title: string
  /** Where it listens, without a path. */
  readonly origin: string
  readonly #child: ChildProcess

  private constructor(name: DemoName, origin: string, child: ChildProcess) {
    this.name = name
    this.title = DEMOS[name].title
    this.origin = origin
    this.#child = child
  }

  /**
   * Starts a demo.
   * @throws StartError with the sentence that the demo has said.
   */
  static async start(name: DemoName, env: Readonly<Record<string, string>>): Promise<DemoProcess> {
    const main = fileURLToPath(new URL('./main.js', import.meta.resolve(name)))
    // In a group of its own: Ctrl-C in a terminal is for the process that ends all others.
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const end = () => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2_000)
    })
    const late = setTimeout(end, START_MS)
    let origin: string | undefined
    for await (const line of createInterface(child.stdout)) {
      origin = / listening on (ws:\S+)\/ws$/.exec(line)?.[1]
      if (origin !== undefined) break
    }
    clearTimeout(late)
    if (origin === undefined) {
      end()
      throw new StartError(
        `${name} did not start: ${complaint.trim() || `nothing within ${START_MS / 1000} s`}`,
      )
    }
    child.stdout.resume()
    child.stderr.on('data', (text: string) => process.stderr.write(`${name}: ${text}`))
    return new DemoProcess(name, origin, child)
  }

  /** The process's id. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Asks it to end, waits until it has, and makes it after a while. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(force)
  }

  /** Ends it at once, without a word to anybody. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}
