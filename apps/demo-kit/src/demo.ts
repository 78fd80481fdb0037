import { once } from 'node:events'
import type { Server } from 'node:net'
import {
  type Counters,
  createSessions,
  type DrainReport,
  type Observer,
  type Sessions,
} from '@echosession/core'
import { connectRelay, type DemoRelay } from './demo-relay.js'
import { DEMOS, type DemoName, type DemoRow, PAGE_URL } from './demo-table.js'
import { type Environment, readSettings } from './settings.js'
import { ListenError } from './start-error.js'
import { bearerToken, createTokenCheck } from './token.js'

/**
 * The HTTP deadlines of a public server, for `createServer`: a client that sends its headers slowly, or none, gets 408
 * after ten seconds.
 */
export const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const

/** How long requests under way may take at the end. What a demo answers is ready at once. */
const LAST_REQUESTS_MS = 500

/** What `/healthz` says. */
export interface Health {
  readonly adapter: string
  readonly draining: boolean
  readonly counters: Counters
}

/** What a demo's own file works with. */
export interface Demo {
  readonly sessions: Sessions
  /** Whether either of them is the token: an Authorization header, or a cookie. */
  accepts(authorization: string | undefined, cookie: string | undefined): boolean
  /** The answer for `/healthz`: 200, or 503 when it is shutting down. */
  health(): { readonly status: 200 | 503; readonly body: Health }
  /** The one line for `/`. */
  greeting(): string
}

/** A host with the demo mounted on it. */
export interface MountedDemo {
  readonly server: Server & { closeAllConnections?(): void }
  /** Listens in the host's own way; `server.listen` by default. */
  listen?(address: { readonly port: number; readonly host: string }): Promise<unknown>
  /** Shuts the host down in its own way. */
  close(): Promise<unknown>
}

/** How to start a demo in this process. What is left out comes from `env`, and then from the defaults. */
export interface StartOptions {
  readonly port?: number
  readonly host?: string
  /** By default the process's own. */
  readonly env?: Environment
  /** Gets the line that says where the demo listens. */
  readonly log?: (line: string) => void
  readonly observer?: Observer
  /** Where the page is, for the line at `/`. */
  readonly pageUrl?: string
}

/** A demo that listens. */
export interface RunningDemo {
  readonly name: DemoName
  /** Where its echo is. */
  readonly url: string
  readonly sessions: Sessions
  /** Drains the sessions and closes the server. */
  close(): Promise<DrainReport>
}

/**
 * Starts a demo in this process.
 * @throws StartError with one sentence for the person who started it.
 */
export type StartDemo = (options?: StartOptions) => Promise<RunningDemo>

/** Makes a demo of a function that mounts it on its host. */
export function defineDemo(
  name: DemoName,
  mount: (demo: Demo) => MountedDemo | Promise<MountedDemo>,
): StartDemo {
  return async (options = {}) => {
    const row: DemoRow = DEMOS[name]
    const settings = readSettings(options.env ?? process.env, row.port)
    const { port = settings.port, host = settings.host, pageUrl = PAGE_URL } = options
    const relay = settings.relay === undefined ? undefined : await connectRelay(settings.relay)
    const sessions = createSessions({
      ...settings.options,
      observer: options.observer,
      relay: relay?.relay,
    })
    const isToken = createTokenCheck(settings.token)
    let url = ''
    const mounted = await mount({
      sessions,
      accepts: (authorization, cookie) => isToken(bearerToken(authorization)) || isToken(cookie),
      health: () => ({
        status: sessions.draining ? 503 : 200,
        body: { adapter: row.adapter, draining: sessions.draining, counters: sessions.counters() },
      }),
      greeting: () =>
        `${name}: a WebSocket echo on ${row.title} at ${url} (/private wants a token), with a chat at /chat/:room; npm start serves the page over all five at ${pageUrl}\n`,
    })
    const close = () => closeDemo(mounted, sessions, relay)
    try {
      // A guest who comes before the relay would be told of nobody, and others not of them.
      await relay?.known
      await listen(mounted, port, host)
    } catch (error) {
      await close()
      throw new ListenError(host, port, error)
    }
    url = `ws://${host.includes(':') ? `[${host}]` : host}:${portOf(mounted.server)}/ws`
    options.log?.(`${name} listening on ${url}`)
    return { name, url, sessions, close }
  }
}

async function listen({ server, listen }: MountedDemo, port: number, host: string): Promise<void> {
  if (listen !== undefined) await listen({ port, host })
  else {
    const listening = once(server, 'listening')
    server.listen(port, host)
    await listening
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closeDemo(
  { server, close }: MountedDemo,
  sessions: Sessions,
  relay: DemoRelay | undefined,
): Promise<DrainReport> {
  const closed = close()
  const report = await sessions.drain()
  // A client that never finishes its request, or never begins one, must not keep the process.
  const cut = setTimeout(() => server.closeAllConnections?.(), LAST_REQUESTS_MS)
  await closed
  clearTimeout(cut)
  await relay?.close()
  return report
}
