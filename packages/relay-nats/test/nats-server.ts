import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort, within } from '@echosession/probe'

/** A nats-server of a test's own. */
export class NatsServer {
  readonly port: number
  readonly #flags: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, flags: readonly string[]) {
    this.port = port
    this.#flags = flags
  }

  /** Starts a server on a free port. */
  static async start(...flags: readonly string[]): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), flags)
    await server.start()
    return server
  }

  /** Starts it again, on the same port. */
  async start(): Promise<void> {
    const line = ['-a', '127.0.0.1', '-p', String(this.port), ...this.#flags]
    const child = spawn('nats-server', line, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    const ready = new Promise<void>((resolve, reject) => {
      let said = ''
      child.stderr.on('data', (chunk) => {
        said += chunk
        if (said.includes('Server is ready')) resolve()
      })
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`nats-server ended: ${said}`)))
    })
    await within(ready, 'the start of nats-server')
  }

  /** Sends it a signal; waits for its end when it is one that ends it. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') await ended
  }
}
