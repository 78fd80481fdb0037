import { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Sessions } from '@echosession/core'
import { createOpenSession, type OpenSession } from './open-session.js'
import { Upgrade } from './upgrade.js'
import type { UpgradeHost, UpgradeOwnership } from './upgrade-host.js'
import { createUpgradeResponse } from './upgrade-response.js'
import { hasOpened, upgradeOf } from './upgrade-round.js'

const NOTHING = Buffer.alloc(0)

/** Runs the host's own pipeline for an upgrade request; its answer goes to `response`. */
export type UpgradeRunner = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * Stands between a server and whoever answers its upgrades: a host's pipeline, or a plugin that listens to `upgrade`
 * here instead of on the server. Every upgrade is guarded and checked before anybody else sees it.
 */
export class UpgradeRelay extends EventEmitter implements UpgradeHost {
  readonly sessions: Sessions
  readonly open: OpenSession
  readonly waiting = new Set<Upgrade>()

  constructor(sessions: Sessions) {
    super()
    this.sessions = sessions
    this.open = createOpenSession(sessions)
  }

  /**
   * Guards and checks one upgrade.
   * @returns the upgrade, or undefined when it has been refused already.
   */
  guard(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    ownership: UpgradeOwnership,
  ): Upgrade | undefined {
    const upgrade = new Upgrade(this, request, socket, head, ownership)
    const refusal = this.sessions.check(upgrade.source)
    if (refusal === undefined) return upgrade
    upgrade.refuse(refusal)
    return undefined
  }

  /** Runs a pipeline for an upgrade. */
  run(upgrade: Upgrade, request: IncomingMessage, runner: UpgradeRunner): void {
    try {
      runner(request, createUpgradeResponse(request, upgrade.answerStream))
    } finally {
      upgrade.guard()
    }
  }

  /**
   * Passes `upgrade` on to the plugin that listens here. One that does not come from the server, such as a plugin's own
   * injected one, is guarded on the way.
   */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'upgrade') return super.emit(event, ...args)
    const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer]
    // Its socket is the session's by now.
    if (hasOpened(request)) return true
    const upgrade =
      upgradeOf(request, this) ?? this.guard(request, socket, head, { listeners: 1, early: true })
    return upgrade === undefined ? true : super.emit('upgrade', request, upgrade.answerStream, NOTHING)
  }

  /** What a plugin takes for the server. It only listens to its events. */
  get asServer(): Server {
    return this as unknown as Server
  }
}
