import { once } from 'node:events'
import type { Server } from 'node:http'
import {
  type DemoName,
  type Environment,
  ListenError,
  type RunningDemo,
  type StartDemo,
  StartError,
} from 'demo-kit'
import { start as startExpress } from 'echo-express'
import { start as startFastify } from 'echo-fastify'
import { start as startHono } from 'echo-hono'
import { start as startKoa } from 'echo-koa'
import { start as startNode } from 'echo-node'
import type { Arguments } from './arguments.js'
import type { Log } from './log.js'
import { inUrl, ownAddress, pageOrigins } from './origin.js'
import { createPageServer } from './page-server.js'

/** The demos in the order of their ports. */
const STARTS: readonly (readonly [DemoName, StartDemo])[] = [
  ['echo-node', startNode],
  ['echo-express', startExpress],
  ['echo-fastify', startFastify],
  ['echo-koa', startKoa],
  ['echo-hono', startHono],
]

const LAST_REQUESTS_MS = 500

/** The page and the five demos, listening. */
export interface Playground {
  readonly pageUrl: string
  readonly demos: readonly RunningDemo[]
  /** Drains the demos and closes everything. */
  close(): Promise<void>
}

/**
 * Starts the page and the five demos in this process.
 * @throws StartError with one sentence; nothing is left running then.
 */
export async function startPlayground(
  { port, host }: Arguments,
  log: Log,
  env: Environment,
): Promise<Playground> {
  const pageUrl = `http://${inUrl(ownAddress(host))}:${port}/`
  // Where to listen is for the flags to say.
  const demoEnv: Environment = {
    ...env,
    PORT: undefined,
    HOST: undefined,
    ALLOWED_ORIGINS: allowedOrigins(env, host, port),
  }
  const demos: RunningDemo[] = []
  try {
    for (const [index, [name, start]] of STARTS.entries()) {
      const demoPort = port + 1 + index
      const options = { port: demoPort, host, env: demoEnv, pageUrl, observer: log.observer(name) }
      demos.push(await explaining(port, demoPort, name, start(options)))
    }
    const server = createPageServer(demos)
    await explaining(port, port, 'the page', listen(server, port, host))
    return {
      pageUrl,
      demos,
      close: async () => {
        await Promise.all([closeServer(server), ...demos.map((demo) => closeDemo(demo, log))])
      },
    }
  } catch (error) {
    await Promise.all(demos.map((demo) => demo.close()))
    throw error
  }
}

// The page's own origins come on top of what the person allows besides.
function allowedOrigins({ ALLOWED_ORIGINS }: Environment, host: string, port: number): string {
  if (ALLOWED_ORIGINS === '*') return '*'
  const more = ALLOWED_ORIGINS === undefined ? [] : [ALLOWED_ORIGINS]
  return [...pageOrigins(host, port), ...more].join(',')
}

async function explaining<Result>(
  base: number,
  port: number,
  who: string,
  started: Promise<Result>,
): Promise<Result> {
  try {
    return await started
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    throw new StartError(
      `${who} was to listen on port ${port} (--port ${base}), but ${error.reason}; choose another --port, whose next five ports are free as well, or another --host.`,
      { cause: error },
    )
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  const listening = once(server, 'listening')
  server.listen(port, host)
  try {
    await listening
  } catch (error) {
    throw new ListenError(host, port, error)
  }
}

async function closeDemo({ name, close }: RunningDemo, log: Log): Promise<void> {
  const { closed, cut } = await close()
  const sessions = (count: number) => `${count} session${count === 1 ? '' : 's'}`
  log.line(name, `ended   ${sessions(closed)} closed${cut === 0 ? '' : `, ${sessions(cut)} cut`}`)
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  const cut = setTimeout(() => server.closeAllConnections(), LAST_REQUESTS_MS)
  server.close()
  server.closeIdleConnections()
  await closed
  clearTimeout(cut)
}
