import type { LogChapter } from './log-clause.js'
import { LOG_STORE } from './log-store-clauses.js'
import { ROOM_LOG } from './room-log-clauses.js'

/** Every clause of LOG.md, by chapter. */
export const LOG_CLAUSES: readonly LogChapter[] = [
  { title: 'The store', clauses: LOG_STORE },
  { title: 'Rooms with a history', clauses: ROOM_LOG },
]
