import type { Sessions } from '@echosession/core'
import type { OpenSession } from './open-session.js'
import type { Upgrade } from './upgrade.js'

/** What the upgrades of one binding share. */
export interface UpgradeHost {
  readonly sessions: Sessions
  readonly open: OpenSession
  /** The upgrades whose socket is not a WebSocket's yet and not gone. */
  readonly waiting: Set<Upgrade>
}

/** What is known of an upgrade before anybody has looked at it. */
export interface UpgradeOwnership {
  /** How many adapters listen on the server; the last that has no route answers 404. Infinity when others listen too. */
  readonly listeners: number
  /** The socket is read from at once, to notice a client that leaves; otherwise only when a session's route is reached. */
  readonly early: boolean
  /**
   * A pipeline is run for it at once and nobody else listens: nothing can happen to the socket before the pipeline's first
   * turn is over, and many are answered by then.
   */
  readonly alone?: boolean
  /** The routes are known, too, so that nobody writes to the socket besides. */
  readonly direct?: boolean
}
