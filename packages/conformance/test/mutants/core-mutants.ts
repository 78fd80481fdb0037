import { ADMISSION_MUTANTS } from './admission-mutants.js'
import { CLOSE_MUTANTS } from './close-mutants.js'
import { DRAIN_MUTANTS } from './drain-mutants.js'
import { ERROR_MUTANTS } from './error-mutants.js'
import { HANDSHAKE_MUTANTS } from './handshake-mutants.js'
import { LIMIT_MUTANTS } from './limit-mutants.js'
import type { MutantTable } from './mutant.js'
import { PRESENCE_MUTANTS } from './presence-mutants.js'
import { ROOM_MUTANTS } from './room-mutants.js'
import { SESSION_MUTANTS } from './session-mutants.js'

/** Engines with one fault each, judged on the memory transport. */
export const CORE_MUTANTS: MutantTable = {
  package: 'core',
  suite: 'contract',
  target: 'memory',
  mutants: [
    ...HANDSHAKE_MUTANTS,
    ...ADMISSION_MUTANTS,
    ...SESSION_MUTANTS,
    ...LIMIT_MUTANTS,
    ...CLOSE_MUTANTS,
    ...ERROR_MUTANTS,
    ...DRAIN_MUTANTS,
    ...ROOM_MUTANTS,
    ...PRESENCE_MUTANTS,
  ],
}
