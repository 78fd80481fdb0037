import type { IncomingMessage } from 'node:http'
import type { Upgrade, UpgradeHost } from './upgrade.js'

const rounds = new WeakMap<IncomingMessage, UpgradeRound>()

/** What the adapters that listen on one server know of each other's part in one upgrade request. */
export class UpgradeRound {
  /** Each adapter's upgrade of the request. */
  readonly upgrades = new Map<UpgradeHost, Upgrade>()
  /** The one that answers; the socket is its own. */
  owner: Upgrade | undefined
  /** How many have found no route of theirs. */
  declined = 0

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

/** An adapter's upgrade of a request; undefined for an ordinary request. */
export function upgradeOf(request: IncomingMessage, host: UpgradeHost): Upgrade | undefined {
  return rounds.get(request)?.upgrades.get(host)
}
