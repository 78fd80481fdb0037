export type { MemoryRelayTargetOptions } from './memory-relay-target.js'
export { createMemoryRelayTarget } from './memory-relay-target.js'
export type { RelayChapter, RelayClause, RelayClauseId } from './relay-clause.js'
export { RELAY_CLAUSES } from './relay-clauses.js'
export { registerRelay, runRelay } from './relay-suite.js'
export type {
  RelayCapabilities,
  RelayCapability,
  RelayProcess,
  RelayTarget,
  RelayTestEngine,
} from './relay-target.js'
