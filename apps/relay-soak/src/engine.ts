import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Plan } from './arguments.js'

/** What can be done to an engine. */
export const FAULTS = ['kill', 'stop', 'break', 'break-one', 'sleep', 'flush'] as const
export type Fault = (typeof FAULTS)[number]

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A server of this run's own, and what can be done to it. */
export class Engine {
  readonly port: number
  readonly #kind: Plan['engine']
  readonly #folder = mkdtempSync(join(tmpdir(), 'echosession-soak-'))
  #child: ChildProcess | undefined

  private constructor(kind: Plan['engine'], port: number) {
    this.#kind = kind
    this.port = port
  }

  /** Starts a server on a free port; rejects when it is not on this machine. */
  static async start(kind: Plan['engine']): Promise<Engine> {
    const engine = new Engine(kind, await freePort())
    await engine.#begin()
    return engine
  }

  /** Does something to the server, and undoes it after so long. */
  async suffer(fault: Fault, ms: number): Promise<void> {
    // NATS can be ended and stopped from the outside only.
    if (fault === 'kill' || (this.#kind === 'nats' && fault.startsWith('break'))) {
      await this.#end()
      await pause(ms)
      await this.#begin()
    } else if (fault === 'stop' || this.#kind === 'nats') {
      this.#child?.kill('SIGSTOP')
      await pause(ms)
      this.#child?.kill('SIGCONT')
    } else await this.#command(fault, ms)
  }

  /** Ends the server for good. */
  async close(): Promise<void> {
    this.#child?.kill('SIGCONT')
    await this.#end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #begin(): Promise<void> {
    const { port } = this
    const line =
      this.#kind === 'nats'
        ? ['-a', '127.0.0.1', '-p', `${port}`]
        : `--port ${port} --bind 127.0.0.1 --appendonly no --enable-debug-command yes --save`
            .split(' ')
            .concat('')
    const child = spawn(`${this.#kind}-server`, line, {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let said = ''
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer) => {
        said += text
        if (/Ready to accept connections|Server is ready/.test(said)) resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`${this.#kind}-server has ended: ${said}`)))
    })
  }

  async #end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async #command(fault: Fault, ms: number): Promise<void> {
    const admin = new Redis(this.port, '127.0.0.1')
    admin.on('error', () => {})
    if (fault === 'sleep') await admin.call('DEBUG', 'SLEEP', `${ms / 1_000}`)
    else if (fault === 'flush') await admin.flushall()
    else {
      const own = await admin.client('ID')
      const ids = String(await admin.client('LIST')).match(/^id=\d+/gm) ?? []
      const others = ids.map((id) => id.slice(3)).filter((id) => id !== String(own))
      const chosen = fault === 'break' ? others : others.slice(0, 1)
      for (const id of chosen) await admin.client('KILL', 'ID', id)
    }
    admin.disconnect()
  }
}
