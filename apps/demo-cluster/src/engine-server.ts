import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from '@echosession/probe'
import { StartError } from 'demo-kit'

/** What carries messages between the processes. */
export type EngineName = 'redis' | 'nats'

interface EngineRow {
  readonly title: string
  readonly program: string
  /** The port that it has by default. */
  readonly port: number
  /** The command line for a port and a folder for whatever it wants to keep. */
  line(port: number, folder: string): readonly string[]
  /** What it says when it takes connections. */
  readonly ready: string
}

export const ENGINES: Readonly<Record<EngineName, EngineRow>> = {
  redis: {
    title: 'Redis',
    program: 'redis-server',
    port: 6_379,
    line: (port, folder) => ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ready: 'Ready to accept connections',
  },
  nats: {
    title: 'NATS',
    program: 'nats-server',
    port: 4_222,
    line: (port) => ['-a', '127.0.0.1', '-p', `${port}`],
    ready: 'Server is ready',
  },
}

const START_MS = 10_000

// A normal user's path often lacks the folders where Debian keeps servers.
function searchPath(): readonly string[] {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
}

function find(program: string, folders: readonly string[]): string | undefined {
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** A server that was started for the demo, and ends with it. */
export class EngineServer {
  readonly url: string
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url
    this.#child = child
    this.#folder = folder
  }

  /**
   * Starts a server on a free port.
   * @param folders where to look for its program.
   * @throws StartError with one sentence on how to get one.
   */
  static async start(engine: EngineName, folders = searchPath()): Promise<EngineServer> {
    const { title, program, line, ready } = ENGINES[engine]
    const file = find(program, folders)
    if (file === undefined) {
      throw new StartError(
        `${program} is not on this machine: install it (sudo apt-get install ${program}), or give the address of a running ${title} with --url ${engine}://host:port.`,
      )
    }
    const folder = mkdtempSync(join(tmpdir(), 'echosession-cluster-'))
    const port = await freePort()
    // A group of its own, so that Ctrl-C in a terminal reaches it through this process only, and last.
    const child = spawn(file, line(port, folder), { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const server = new EngineServer(`${engine}://127.0.0.1:${port}`, child, folder)
    process.once('exit', server.#kill)
    try {
      await server.#saying(ready, program)
    } catch (error) {
      await server.close()
      throw error
    }
    return server
  }

  async close(): Promise<void> {
    process.off('exit', this.#kill)
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      const gone = once(this.#child, 'exit')
      this.#kill()
      await gone
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  readonly #kill = () => void this.#child.kill('SIGKILL')

  #saying(ready: string, program: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = ''
      const failed = (why: string) => {
        const last = said.trimEnd().split('\n').at(-1) ?? ''
        reject(new StartError(`${program} ${why}; the last it said was ${JSON.stringify(last)}.`))
      }
      const late = setTimeout(() => failed(`did not start within ${START_MS / 1000} s`), START_MS)
      const hear = (text: string) => {
        said = (said + text).slice(-10_000)
        if (!said.includes(ready)) return
        clearTimeout(late)
        resolve()
      }
      this.#child.stdout?.setEncoding('utf8').on('data', hear)
      this.#child.stderr?.setEncoding('utf8').on('data', hear)
      this.#child.once('error', (error) => failed(`could not be started (${error.message})`))
      this.#child.once('exit', (code) => failed(`ended with ${code}`))
    })
  }
}
