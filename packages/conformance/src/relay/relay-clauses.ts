import { AFTERMATH } from './clauses/aftermath.js'
import { CARRYING } from './clauses/carrying.js'
import { CONNECTION } from './clauses/connection.js'
import { LOSSES } from './clauses/losses.js'
import { REACHING } from './clauses/reaching.js'
import { STRAYS } from './clauses/strays.js'
import { TROUBLE } from './clauses/trouble.js'
import type { RelayChapter } from './relay-clause.js'

/** Every clause of RELAY.md, by chapter. */
export const RELAY_CLAUSES: readonly RelayChapter[] = [
  { title: 'The relay', clauses: [...CARRYING, ...CONNECTION] },
  { title: 'Reaching the others', clauses: REACHING },
  { title: 'Losses', clauses: [...LOSSES, ...STRAYS, ...AFTERMATH] },
  { title: 'Trouble', clauses: TROUBLE },
]
