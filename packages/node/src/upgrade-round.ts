import type { IncomingMessage } from 'node:http'
import type { Upgrade, UpgradeHost } from './upgrade.js'

const rounds = new WeakMap<IncomingMessage, UpgradeRound>()

/** What the adapters that listen on one server know of each other's part in one upgrade request. */
export class UpgradeRound {
  /** The one that answers; the socket is its own. `opened` when it has become a session's. */
  owner: Upgrade | 'opened' | undefined
  /** How many have found no route of theirs. */
  declined = 0
  #upgrades: Map<UpgradeHost, Upgrade> | undefined

  /** Adds an adapter's upgrade of the request. */
  join(host: UpgradeHost, upgrade: Upgrade): void {
    this.#upgrades ??= new Map()
    this.#upgrades.set(host, upgrade)
  }

  /** An adapter's upgrade of the request, until a session has been opened. */
  upgradeOf(host: UpgradeHost): Upgrade | undefined {
    return this.#upgrades?.get(host)
  }

  /** A session has been opened. It keeps its request for as long as it lives, and the upgrades are not to live as long. */
  open(): void {
    this.owner = 'opened'
    this.#upgrades = undefined
  }

  /** The round of a request; it begins with the first that asks. */
  static of(request: IncomingMessage): UpgradeRound {
    let round = rounds.get(request)
    if (round === undefined) {
      round = new UpgradeRound()
      rounds.set(request, round)
    }
    return round
  }
}

/** An adapter's upgrade of a request; undefined for an ordinary request, and once a session has been opened. */
export function upgradeOf(request: IncomingMessage, host: UpgradeHost): Upgrade | undefined {
  return rounds.get(request)?.upgradeOf(host)
}

/** Whether a request has become a session already. */
export function hasOpened(request: IncomingMessage): boolean {
  return rounds.get(request)?.owner === 'opened'
}
