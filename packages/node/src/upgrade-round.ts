import type { IncomingMessage } from 'node:http'
import type { Upgrade } from './upgrade.js'
import type { UpgradeHost } from './upgrade-host.js'

const ROUND = Symbol('round')
const OPENED = Symbol('opened')

/** A request with what is noted on it. A session keeps its request, so what stays there is as little as can be. */
type NotedRequest = IncomingMessage & { [ROUND]?: UpgradeRound | typeof OPENED }

/** What the adapters that listen on one server know of each other's part in one upgrade request. */
export class UpgradeRound {
  /** The one that answers; the socket is its own. */
  owner: Upgrade | undefined
  /** How many have found no route of theirs. */
  declined = 0
  readonly #request: NotedRequest
  readonly #upgrades: Upgrade[]

  constructor(request: IncomingMessage, first: Upgrade) {
    this.#request = request
    this.#upgrades = [first]
  }

  /** An adapter's upgrade of the request. */
  upgradeOf(host: UpgradeHost): Upgrade | undefined {
    return this.#upgrades.find((upgrade) => upgrade.host === host)
  }

  /** A session has been opened. It keeps its request for as long as it lives; the upgrades are not to live as long. */
  open(): void {
    this.#request[ROUND] = OPENED
  }

  /** Adds an adapter's upgrade to the round of its request; it begins with the first. */
  static join(request: IncomingMessage, upgrade: Upgrade): UpgradeRound {
    const noted: NotedRequest = request
    const round = noted[ROUND]
    if (typeof round === 'object') {
      round.#upgrades.push(upgrade)
      return round
    }
    const begun = new UpgradeRound(request, upgrade)
    noted[ROUND] = begun
    return begun
  }
}

/** An adapter's upgrade of a request; undefined for an ordinary request, and once a session has been opened. */
export function upgradeOf(request: IncomingMessage, host: UpgradeHost): Upgrade | undefined {
  const round = (request as NotedRequest)[ROUND]
  return typeof round === 'object' ? round.upgradeOf(host) : undefined
}

/** Whether somebody answers a request already, or has done so. */
export function isOwned(request: IncomingMessage): boolean {
  const round = (request as NotedRequest)[ROUND]
  return typeof round === 'object' ? round.owner !== undefined : round === OPENED
}

/** Whether a request has become a session already. */
export function hasOpened(request: IncomingMessage): boolean {
  return (request as NotedRequest)[ROUND] === OPENED
}
