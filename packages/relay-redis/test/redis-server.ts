import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@echosession/probe'

/** A Redis server of this test's own, which can be ended and begun again, stopped and let go on. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #flags: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, flags: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#flags = flags
  }

  static async start(...flags: readonly string[]): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'echosession-redis-'))
    const server = new RedisServer(await freePort(), folder, flags)
    await server.begin()
    return server
  }

  /** Begins it; resolves when it takes connections. */
  async begin(): Promise<void> {
    const where = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder]
    const line = [
      ...where,
      '--save',
      '',
      '--appendonly',
      'no',
      '--enable-debug-command',
      'yes',
      ...this.#flags,
    ]
    const child = spawn('redis-server', line, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    let said = ''
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes('Ready to accept connections')) resolve()
      })
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`redis-server has ended: ${said}`)))
    })
    await ready
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Stops it, with its connections open. */
  stop(): void {
    this.#child?.kill('SIGSTOP')
  }

  /** Lets it go on. */
  goOn(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
