import { CARRYING } from './clauses/carrying.js'
import { CONNECTION } from './clauses/connection.js'
import type { RelayChapter } from './relay-clause.js'

/** Every clause of RELAY.md, by chapter. */
export const RELAY_CLAUSES: readonly RelayChapter[] = [
  { title: 'The relay', clauses: [...CARRYING, ...CONNECTION] },
]
