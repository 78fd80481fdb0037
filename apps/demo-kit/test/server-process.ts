import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const SETTINGS =
  /^(PORT|HOST|DEMO_TOKEN|ALLOWED_ORIGINS|RELAY|PRESENCE_TIMEOUT_MS|COMPRESSION|FAST_PATH|HEARTBEAT_INTERVAL_MS|MAX_\w+|NODE_\w+|FORCE_COLOR)$/

/** A server under test, in a process of its own, exactly as a person would run it. */
export class ServerProcess {
  readonly exited: Promise<Exit>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess

  /** Runs a script of Node. */
  static script(script: URL, env: NodeJS.ProcessEnv = {}, line: readonly string[] = []): ServerProcess {
    return new ServerProcess(process.execPath, [fileURLToPath(script), ...line], env)
  }

  /** Runs `npm start` in the folder of a workspace. */
  static npmStart(folder: URL, env: NodeJS.ProcessEnv = {}): ServerProcess {
    const line = ['start', '--silent', '--prefix', fileURLToPath(folder)]
    return new ServerProcess('npm', line, { npm_config_update_notifier: 'false', ...env })
  }

  private constructor(command: string, line: readonly string[], env: NodeJS.ProcessEnv) {
    // What the person who runs the tests has set must not decide.
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.test(name)))
    const child = spawn(command, line, { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
    this.#child = child
  }

  /** Resolves with what a pattern finds on standard output, as soon as it is there. */
  async output(pattern: RegExp): Promise<RegExpExecArray> {
    const found = pattern.exec(this.stdout)
    if (found !== null) return found
    const exited = this.exited.then(({ code }) => {
      throw new Error(
        `The process ended with ${code} before it printed ${pattern}; it said: ${this.stdout}${this.stderr}`,
      )
    })
    const { stdout } = this.#child
    if (stdout === null) throw new Error('The process has no standard output.')
    for (;;) {
      const again = pattern.exec(this.stdout)
      if (again !== null) return again
      await Promise.race([once(stdout, 'data'), exited])
    }
  }

  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.#child.kill(signal)
    return this.exited
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends the process at once, if it has not ended yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }
}
