import { once } from 'node:events'
import { connect } from 'node:net'
import { type DemoName, StartError, withoutPassword } from 'demo-kit'
import { DemoProcess } from './demo-process.js'
import { ENGINES, type EngineName, EngineServer } from './engine-server.js'

/** The demos that make up the cluster, each on another host. */
export const MEMBERS = [
  'echo-express',
  'echo-fastify',
  'echo-koa',
  'echo-hono',
] as const satisfies readonly DemoName[]

/** How to start a cluster. */
export interface ClusterPlan {
  readonly engine: EngineName
  /** A running server; undefined to start one. */
  readonly url: string | undefined
  /** The first of four ports; 0 for any. */
  readonly port: number
  /** How long a process may be silent before its people are gone. */
  readonly presenceTimeoutMs: number
}

const REACH_MS = 5_000

/** @throws StartError when nobody listens there. */
async function reach(engine: EngineName, url: string): Promise<void> {
  const { title, program, port } = ENGINES[engine]
  const { hostname, port: given } = new URL(url)
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(given) || port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(REACH_MS) })
  } catch (error) {
    const shown = withoutPassword(url)
    throw new StartError(
      `No ${title} is reached at ${shown}; start ${program} there, or leave --url out to have one started.`,
      { cause: error },
    )
  } finally {
    socket.destroy()
  }
}

/** Four processes and what is between them. */
export class Cluster {
  readonly processes: readonly DemoProcess[]
  /** What is between them, in words. */
  readonly between: string
  readonly #server: EngineServer | undefined

  private constructor(processes: readonly DemoProcess[], between: string, server: EngineServer | undefined) {
    this.processes = processes
    this.between = between
    this.#server = server
  }

  /**
   * Starts them.
   * @throws StartError with one sentence; nothing is left running then.
   */
  static async start({ engine, url, port, presenceTimeoutMs }: ClusterPlan): Promise<Cluster> {
    if (url !== undefined) await reach(engine, url)
    const server = url === undefined ? await EngineServer.start(engine) : undefined
    const relay = url ?? server?.url ?? ''
    const env = { RELAY: relay, PRESENCE_TIMEOUT_MS: `${presenceTimeoutMs}`, HOST: '127.0.0.1' }
    const starting = MEMBERS.map((name, at) =>
      DemoProcess.start(name, { ...env, PORT: `${port === 0 ? 0 : port + at}` }),
    )
    const started = await Promise.allSettled(starting)
    const processes = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const between = `${ENGINES[engine].title} at ${withoutPassword(relay)}${server === undefined ? '' : ', started for this'}`
    const cluster = new Cluster(processes, between, server)
    const failed = started.find((outcome) => outcome.status === 'rejected')
    if (failed === undefined) return cluster
    await cluster.close()
    throw failed.reason instanceof StartError ? failed.reason : new StartError(String(failed.reason))
  }

  /** Ends the processes, each by its id, and then what was started for them. */
  async close(): Promise<void> {
    await Promise.all(this.processes.map((demo) => demo.stop()))
    await this.#server?.close()
  }
}
