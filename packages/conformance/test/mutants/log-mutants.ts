import { LOG_STORE_MUTANTS } from './log-store-mutants.js'
import type { MutantTable } from './mutant.js'
import { ROOM_LOG_MUTANTS } from './room-log-mutants.js'

/** Stores of logs, and rooms with a history over them, with one fault each. */
export const LOG_MUTANTS: MutantTable = {
  package: 'core',
  suite: 'log',
  target: 'memory',
  mutants: [...LOG_STORE_MUTANTS, ...ROOM_LOG_MUTANTS],
}
