import type { MutantTable } from './mutant.js'
import { RELAY_LOSS_MUTANTS } from './relay-loss-mutants.js'
import { RELAY_PORT_MUTANTS } from './relay-port-mutants.js'
import { RELAY_REACH_MUTANTS } from './relay-reach-mutants.js'
import { RELAY_TROUBLE_MUTANTS } from './relay-trouble-mutants.js'

/** Relays, and engines over them, with one fault each. */
export const RELAY_MUTANTS: MutantTable = {
  package: 'core',
  suite: 'relay',
  target: 'memory',
  mutants: [...RELAY_PORT_MUTANTS, ...RELAY_REACH_MUTANTS, ...RELAY_LOSS_MUTANTS, ...RELAY_TROUBLE_MUTANTS],
}
