export type { Chapter, Clause, ClauseId } from './clause.js'
export { CLAUSES } from './clauses.js'
export type {
  ContractClient,
  Dial,
  DialAnswer,
  DialRequest,
  Ending,
  Received,
} from './contract-client.js'
export type { MemoryTargetOptions } from './memory-target.js'
export { createMemoryTarget } from './memory-target.js'
export type { Patience } from './patience.js'
export type { TestFunction } from './register.js'
export { register } from './register.js'
export type { RunOptions } from './run.js'
export { run } from './run.js'
export type {
  Capability,
  Exclusion,
  HostSetup,
  MiddlewareExchange,
  MiddlewareRejection,
  Mounted,
  Target,
  TargetCapabilities,
} from './target.js'
