import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import {
  defineSession,
  EchoSessionError,
  type ErrorCode,
  type RejectEvent,
  type SessionDefinition,
  type SessionHandler,
  type SessionSettings,
} from '@echosession/core'
import { type Address, ProcessWatch, RawConnection, until } from '@echosession/probe'
import type { Host, Mount, Setup } from '../host.js'

/** One fault of a client, of the network or of a handler, staged for real. */
export interface Fault {
  /** Which row of the catalogue it is. */
  readonly row: string
  /** What holds in spite of it. */
  readonly title: string
  run(stage: Stage): Promise<void>
}

/** Defines a session whose principal is of no interest. */
export const define: (handler: SessionHandler & SessionSettings) => SessionDefinition = defineSession

/** The echo that tells whether a host is still well. */
export const echo = define({
  message(session, message) {
    session.send(message)
  },
})

/** What a fault is staged on: hosts that are looked at afterwards. */
export class Stage {
  /** What observers were told of refusals. */
  readonly rejected: RejectEvent[] = []
  /** What observers were told of errors. */
  readonly errors: unknown[] = []
  /** What reached the hosts' own error handlers. */
  readonly hostErrors: unknown[] = []
  readonly secure: boolean
  readonly #mount: Mount
  readonly #hosts: Host[] = []
  readonly #sockets = new Set<Socket>()

  constructor(mount: Mount, secure: boolean) {
    this.#mount = mount
    this.secure = secure
  }

  /** Starts an app; `/alive` echoes besides. */
  async mount(setup: Setup): Promise<Host> {
    const host = await this.#mount({
      ...setup,
      secure: this.secure,
      routes: { ...setup.routes, '/alive': echo },
      onError: (error) => void this.hostErrors.push(error),
      options: {
        ...setup.options,
        observer: {
          onReject: (event) => void this.rejected.push(event),
          onError: (error) => void this.errors.push(error),
        },
      },
    })
    host.server.on('connection', (socket: Socket) => void this.#sockets.add(socket))
    this.#hosts.push(host)
    return host
  }

  /** The code of the refusal that was told last. */
  get lastRejection(): ErrorCode | undefined {
    return this.rejected.at(-1)?.code
  }

  /** Ends whatever is still there, however it went. */
  destroy(): void {
    for (const { server } of this.#hosts) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Sees to it that the hosts are as well as before, and ends them. */
  async finish(): Promise<void> {
    for (const host of this.#hosts) {
      if (!host.sessions.draining) await assertEchoes(host)
      const { sessions, server } = host
      await until(() => sessions.size === 0 && sessions.counters().pending === 0, 'the end of every session')
      const { opened, closed } = sessions.counters()
      assert.equal(closed, opened, 'each session that opened has closed')
      await host.close()
      assert.equal(server.listening, false)
      assert.equal(await connections(host), 0, 'no connection is left')
    }
  }
}

/** How many connections a server has. */
export function connections({ server }: Host): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}

/** Waits until a server has no connection left. */
export async function untilUnconnected(host: Host): Promise<void> {
  let left = -1
  let asking = false
  const ask = (): boolean => {
    if (!asking) {
      asking = true
      void connections(host).then((count) => {
        asking = false
        left = count
      })
    }
    return left === 0
  }
  await until(ask, 'the end of every connection')
}

/** Checks that a session at `/alive` works from the handshake to the close. */
export async function assertEchoes(address: Address): Promise<void> {
  const client = await RawConnection.upgrade(address, '/alive')
  client.send(1, 'are you well?')
  assert.equal(await client.message(), 'are you well?')
  client.close(1000)
  assert.equal((await client.closed()).code, 1000)
  await client.gone()
}

/** Checks that an error is EchoSession's own, with this code. */
export function assertCode(error: unknown, code: ErrorCode): asserts error is EchoSessionError {
  assert.ok(error instanceof EchoSessionError, `${error} is an EchoSessionError`)
  assert.equal(error.code, code)
}

/** Registers one test for each fault on one host. */
export function registerFaults(name: string, mount: Mount, secure: boolean, faults: readonly Fault[]): void {
  for (const fault of faults) {
    test(`${fault.row} ${name}${secure ? ' over TLS' : ''}: ${fault.title}`, async () => {
      const watch = new ProcessWatch()
      const stage = new Stage(mount, secure)
      try {
        await fault.run(stage)
        await stage.finish()
      } finally {
        stage.destroy()
        await watch.stop()
      }
    })
  }
}
