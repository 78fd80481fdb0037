import type { Chapter, Clause } from '../contract/clause.js'
import type { LogStand } from './log-stand.js'
import type { LogCapability } from './log-target.js'

/** The number of a clause in LOG.md: chapter and place. */
export type LogClauseId = `LG-${number}.${number}`

/** One clause of LOG.md, as a case. */
export type LogClause = Clause<LogStand, LogCapability, LogClauseId>

/** A chapter of LOG.md. */
export type LogChapter = Chapter<LogStand, LogCapability, LogClauseId>
