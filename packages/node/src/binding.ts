import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type Answer,
  type DrainOptions,
  type DrainReport,
  describe,
  EchoSessionError,
  isWebSocketUpgrade,
  refuse,
  type SessionDefinition,
  type Sessions,
} from '@echosession/core'
import { publishDiagnostics } from './diagnostics.js'
import { NodeRequest, type PathParams } from './node-request.js'
import { keepTick } from './tick-shape.js'
import type { Upgrade } from './upgrade.js'
import { UpgradeRelay, type UpgradeRunner } from './upgrade-relay.js'
import { fieldsOf, isUnobserved, letGo } from './upgrade-response.js'
import { hasOpened, isOwned, upgradeOf } from './upgrade-round.js'

// No status of the standard says it; what proxies log for a client that did not wait.
const CLIENT_LEFT = 499

/** The `upgrade` listeners of all adapters, to tell them from others on the same server. */
const ownListeners = new WeakSet<object>()

// An answer as a host can write it, which has an error handler for what is none.
function writable(answer: Answer): Answer {
  if (answer.accepted) return answer
  if (answer.fault !== undefined) throw answer.fault
  // The client has left, so nobody reads the answer; but a host wants a status that it can write.
  return answer.status === 0 ? { ...answer, status: CLIENT_LEFT } : answer
}

/** The routes of a host that has no pipeline of its own: its upgrades are answered without a response. */
export interface DirectRoutes {
  /** Finds the session that a request leads to. */
  find(request: IncomingMessage): DirectRoute | undefined
  /** Answers a request that leads to none. */
  readonly otherwise: UpgradeRunner
}

/** A session that a request leads to. */
export interface DirectRoute {
  readonly definition: SessionDefinition
  readonly params: PathParams
  readonly context: unknown
}

/** A server that upgrades are taken from, bound until it is closed. */
export interface Attachment {
  /**
   * Drains the sessions, then closes the server; resolves when both are done. The process can exit afterwards.
   * @throws what `drain` throws.
   */
  close(options?: DrainOptions): Promise<DrainReport>
  /** Takes no more upgrades; the server and its sessions go on. */
  detach(): void
}

/** What an adapter works with: core on one side, node's servers and `ws` on the other. */
export class NodeBinding {
  readonly sessions: Sessions
  /** Where a plugin that wants a server listens for upgrades. */
  readonly relay: UpgradeRelay
  #closing = false

  constructor(sessions: Sessions) {
    this.sessions = sessions
    this.relay = new UpgradeRelay(sessions)
    publishDiagnostics(sessions)
    keepTick()
  }

  /** The upgrade of a request, as far as this adapter has to do with it; undefined for an ordinary request and for one
   * that has become a session. */
  upgradeOf(request: IncomingMessage): Upgrade | undefined {
    return upgradeOf(request, this.relay)
  }

  /**
   * Asks core for the answer to a request that has reached a session's route. The host gives it with its own response:
   * status, headers and body; 101 opens the session.
   * @returns the answer, at once where nothing has to be waited for.
   * @throws {@link EchoSessionError} with `ES_ERR_AUTHORIZE` when `authorize` failed, for the host's error handler; with
   * `ES_ERR_BINDING` when the server is not attached. A promise rejects with the same.
   */
  admit(
    request: IncomingMessage,
    definition: SessionDefinition,
    params: PathParams,
    context: unknown,
  ): Answer | Promise<Answer> {
    const upgrade = this.upgradeOf(request)
    const answer =
      upgrade === undefined
        ? this.#admitOrdinary(request, definition)
        : upgrade.admit(definition, params, context)
    return answer instanceof Promise ? answer.then(writable) : writable(answer)
  }

  /** The same for a host whose response is node's own: gives the answer, too. */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    definition: SessionDefinition,
    params: PathParams,
    context: unknown,
  ): undefined | Promise<void> {
    const answer = this.admit(request, definition, params, context)
    if (answer instanceof Promise) return answer.then((settled) => this.#give(request, response, settled))
    this.#give(request, response, answer)
    return undefined
  }

  /**
   * Takes the upgrades of a server.
   * @param pipeline runs the host for an upgrade: a request listener, the routes of a host that has none, `'relay'` for a
   * plugin that listens to the relay, `'host'` for one that listens to the server itself.
   * @throws {@link EchoSessionError} with `ES_ERR_BINDING` when this is not an HTTP/1 server.
   */
  attach(server: Server, pipeline: UpgradeRunner | DirectRoutes | 'relay' | 'host'): Attachment {
    if (typeof server?.prependListener !== 'function' || typeof server.close !== 'function') {
      throw new EchoSessionError(
        'ES_ERR_BINDING',
        `attach takes a server of node:http or node:https; it was given ${describe(server)}.`,
      )
    }
    const { relay } = this
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Another adapter on this server has answered it already, or is about to.
      if (isOwned(request)) return
      const all = server.listeners('upgrade')
      let listeners = 0
      for (const listener of all) if (ownListeners.has(listener)) listeners++
      const others = all.length - listeners - (pipeline === 'host' ? 1 : 0)
      const exclusive = listeners === 1 && others === 0
      const upgrade = relay.guard(request, socket, head, {
        listeners: others === 0 ? listeners : Number.POSITIVE_INFINITY,
        early: exclusive && pipeline !== 'host',
        alone: exclusive && typeof pipeline !== 'string',
        direct: exclusive && typeof pipeline === 'object',
      })
      if (upgrade === undefined) return
      const run = () => {
        // A host that shuts down would answer as for any request, without saying when to come again.
        if (this.#closing && exclusive) {
          upgrade.refuse(this.sessions.refuse(upgrade.source, 'ES_ERR_DRAINING'))
        } else if (!isWebSocketUpgrade(upgrade.source)) {
          relay.run(upgrade, request, (...args) => server.emit('request', ...args))
        } else if (pipeline === 'relay') relay.emit('upgrade', request, socket, head)
        else if (typeof pipeline === 'object') this.#direct(upgrade, request, pipeline)
        else if (pipeline !== 'host') relay.run(upgrade, request, pipeline)
      }
      // The host may change the request on its way, so others look at it first.
      if (exclusive) run()
      else process.nextTick(() => void (upgrade.isOthers() || run()))
    }
    ownListeners.add(onUpgrade)
    // First in line: whoever listens besides gets a socket that cannot end the process.
    server.prependListener('upgrade', onUpgrade)
    return {
      close: (drainOptions) =>
        this.#close(server, drainOptions, () => server.removeListener('upgrade', onUpgrade)),
      detach: () => void server.removeListener('upgrade', onUpgrade),
    }
  }

  /** Drains the sessions and cuts what has not become one. For a host that closes its server by itself. */
  async drain(options?: DrainOptions): Promise<DrainReport> {
    this.#closing = true
    const report = await this.sessions.drain(options)
    for (const upgrade of [...this.relay.waiting]) upgrade.destroy()
    return report
  }

  #give(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    if (response.headersSent || response.destroyed) return
    if (answer.accepted) {
      const upgrade = isUnobserved(response) ? this.upgradeOf(request) : undefined
      if (upgrade?.acceptUnwritten(fieldsOf(response))) letGo(response)
      else response.writeHead(101).end()
    } else {
      const body = Buffer.from(answer.body)
      const framing = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length }
      response.writeHead(answer.status, { ...framing, ...answer.headers }).end(body)
    }
  }

  #direct(upgrade: Upgrade, request: IncomingMessage, routes: DirectRoutes): void {
    const route = routes.find(request)
    if (route === undefined) this.relay.run(upgrade, request, routes.otherwise)
    else upgrade.settle(route.definition, route.params, route.context)
  }

  async #close(server: Server, options: DrainOptions | undefined, detach: () => void): Promise<DrainReport> {
    const report = await this.drain(options)
    await new Promise<void>((resolve) => {
      const { closeTimeoutMs } = this.sessions.options
      // Requests under way may finish; connections that are kept alive for more are not waited for.
      const cut = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
      server.close(() => {
        clearTimeout(cut)
        resolve()
      })
      server.closeIdleConnections()
    })
    detach()
    return report
  }

  async #admitOrdinary(request: IncomingMessage, definition: SessionDefinition): Promise<Answer> {
    if (hasOpened(request)) return refuse('ES_ERR_ABORTED')
    const attempt = this.sessions.admit(definition, new NodeRequest(request))
    const answer = await attempt.answer
    if (!answer.accepted) return answer
    attempt.abandon()
    throw new EchoSessionError(
      'ES_ERR_BINDING',
      'A WebSocket upgrade came as an ordinary request; attach the adapter to the server that listens.',
    )
  }
}
