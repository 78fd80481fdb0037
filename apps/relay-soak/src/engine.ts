import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@echosession/probe'
import { Redis } from 'ioredis'
import type { Plan } from './arguments.js'
import { EngineHost } from './network.js'

/** What can be done to an engine. */
export type Fault = 'kill' | 'stop' | 'break' | 'break-one' | 'sleep' | 'flush' | 'partition'

/** What each engine goes through. NATS can be ended and stopped from the outside only; what a log has must stay in it. */
const FAULTS: Readonly<Record<Plan['engine'], Readonly<Record<Plan['mode'], readonly Fault[]>>>> = {
  nats: { pubsub: ['kill', 'stop'], log: ['kill', 'stop'] },
  redis: {
    pubsub: ['kill', 'stop', 'break', 'break-one', 'sleep', 'flush'],
    log: ['kill', 'stop', 'break', 'break-one', 'sleep'],
  },
}

/** Where an engine is reached. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** The command lines: with a log, what was acknowledged is there when the server has been killed. */
function commandLine({ engine, mode, partition }: Plan, port: number): readonly string[] {
  // A host of its own is reached by this run only.
  const address = partition ? '0.0.0.0' : '127.0.0.1'
  if (engine === 'nats') {
    const line = ['-a', address, '-p', `${port}`]
    return mode === 'log' ? [...line, '-js', '-sd', '.'] : line
  }
  const line = ['--port', `${port}`, '--bind', address, '--protected-mode', 'no']
  const disk = ['--save', '', '--appendonly', mode === 'log' ? 'yes' : 'no', '--appendfsync', 'always']
  return [...line, ...disk, '--enable-debug-command', 'yes']
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A server of this run's own, and what can be done to it. */
export class Engine {
  readonly #port: number
  readonly #plan: Plan
  readonly #host: EngineHost | undefined
  readonly #folder = mkdtempSync(join(tmpdir(), 'echosession-soak-'))
  #child: ChildProcess | undefined
  #partitions = 0

  private constructor(plan: Plan, port: number, host: EngineHost | undefined) {
    this.#plan = plan
    this.#port = port
    this.#host = host
  }

  /** Starts a server on a free port; rejects when it is not on this machine. */
  static async start(plan: Plan): Promise<Engine> {
    // One link for each process, and one for who does things to the server.
    const host = plan.partition ? await EngineHost.open(plan.processes + 1) : undefined
    const engine = new Engine(plan, await freePort(), host)
    process.once('exit', () => engine.#abandon())
    await engine.#begin()
    return engine
  }

  /** What this server goes through. */
  get faults(): readonly Fault[] {
    const { engine, mode } = this.#plan
    return this.#host === undefined ? FAULTS[engine][mode] : [...FAULTS[engine][mode], 'partition']
  }

  /** Where a process reaches it. */
  place(process: number): Place {
    return { host: this.#host?.address(process) ?? '127.0.0.1', port: this.#port }
  }

  /** Does something to the server, and undoes it after so long. */
  async suffer(fault: Fault, ms: number): Promise<void> {
    if (fault === 'kill') {
      await this.#end()
      await pause(ms)
      await this.#begin()
    } else if (fault === 'stop') {
      this.#child?.kill('SIGSTOP')
      await pause(ms)
      this.#child?.kill('SIGCONT')
    } else if (fault === 'partition') {
      const process = this.#partitions++ % this.#plan.processes
      this.#host?.disconnect(process)
      await pause(ms)
      this.#host?.connect(process)
    } else await this.#command(fault, ms)
  }

  /** Ends the server for good. */
  async close(): Promise<void> {
    await this.#end()
    this.#abandon()
  }

  // What can still be done when this process ends.
  #abandon(): void {
    this.#child?.kill('SIGKILL')
    this.#host?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #begin(): Promise<void> {
    const name = `${this.#plan.engine}-server`
    const line = commandLine(this.#plan, this.#port)
    const command: [string, readonly string[]] = this.#host?.commandLine(name, line) ?? [name, line]
    const child = spawn(...command, {
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
      child.once('exit', () => reject(new Error(`${name} has ended: ${said}`)))
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
    const { host, port } = this.place(this.#plan.processes)
    const admin = new Redis(port, host)
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
