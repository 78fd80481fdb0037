import type { Chapter, Clause } from '../contract/clause.js'
import type { RelayStand } from './relay-stand.js'
import type { RelayCapability } from './relay-target.js'

/** The number of a clause in RELAY.md: chapter and place. */
export type RelayClauseId = `RL-${number}.${number}`

/** One clause of RELAY.md, as a case. */
export type RelayClause = Clause<RelayStand, RelayCapability, RelayClauseId>

/** A chapter of RELAY.md. */
export type RelayChapter = Chapter<RelayStand, RelayCapability, RelayClauseId>
