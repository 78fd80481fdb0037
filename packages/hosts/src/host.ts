import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createSessions,
  type DrainReport,
  type SessionDefinition,
  type Sessions,
  type SessionsOptions,
} from '@echosession/core'
import type { Address } from '@echosession/probe'
import { createCertificate } from '@echosession/probe'

/** What middleware sees of a request, whatever the host, and what it may do to the answer. */
export interface Exchange {
  readonly path: string
  header(name: string): string | undefined
  setHeader(name: string, value: string): void
}

/** Middleware's own answer; the request then goes no further. */
export interface OwnAnswer {
  readonly status: number
  readonly body: string
}

/** The app that a host is to mount. */
export interface Setup {
  /** Sessions by path, such as `/ws` or `/rooms/:room`. */
  readonly routes: Readonly<Record<string, SessionDefinition>>
  /** Where the routes are mounted in the host's own way, such as `/deep`: by a sub-app, a router or a plugin's prefix. */
  readonly prefix?: string
  /** The engine's options. */
  readonly options?: SessionsOptions
  /** An engine that exists already, instead of one with `options`. */
  readonly sessions?: Sessions
  /** Runs in the host's own pipeline, before every route. */
  readonly before?: (exchange: Exchange) => OwnAnswer | undefined | Promise<OwnAnswer | undefined>
  /** Told of what reaches the host's own error handler. */
  readonly onError?: (error: unknown) => void
  /** Whether the server speaks TLS. */
  readonly secure?: boolean
}

/** An app that listens on a port of the loopback interface. */
export interface Host extends Address {
  readonly secure: boolean
  readonly sessions: Sessions
  readonly server: Server
  /** Shuts down in the host's own way. */
  close(): Promise<DrainReport>
}

/** Starts an app on one host. */
export type Mount = (setup: Setup) => Promise<Host>

/** The engine of an app. With `FAST_PATH=0` in the environment every test takes the long way round. */
export function engineOf({ sessions, options }: Setup): Sessions {
  return sessions ?? createSessions({ fastPath: process.env.FAST_PATH !== '0', ...options })
}

let certificate: ReturnType<typeof createCertificate> | undefined

/** The certificate of every host of this process. */
export function ownCertificate(): ReturnType<typeof createCertificate> {
  certificate ??= createCertificate()
  return certificate
}

/** Waits until a server listens, and says where. */
export async function listening(server: Server): Promise<number> {
  if (!server.listening) {
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve).once('error', reject)
      if (server.address() === null) server.listen(0, '127.0.0.1')
    })
  }
  return (server.address() as AddressInfo).port
}
