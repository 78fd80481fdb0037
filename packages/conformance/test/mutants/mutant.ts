import type { ClauseId, LogClauseId, RelayClauseId } from '@echosession/conformance'

/** One fault, put into a copy of a package's compiled files. */
export interface Mutant {
  /** A name of its own. */
  readonly id: string
  /** What the mutant does wrong, in one line. */
  readonly what: string
  /** The compiled file that is changed, inside `dist` of the package. */
  readonly file: string
  /** The text that is replaced; it has to stand in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** Every clause that has to fail because of it; no other may. */
  readonly kills: readonly (ClauseId | RelayClauseId | LogClauseId)[]
}

/** The clauses of which document a table's mutants are judged by: CONTRACT.md, RELAY.md or LOG.md. */
export type SuiteName = 'contract' | 'relay' | 'log'

/** Mutants of one package, judged by one suite on one kind of target. */
export interface MutantTable {
  /** The package whose files are changed: the engine, or the binding. */
  readonly package: 'core' | 'node'
  readonly suite: SuiteName
  /**
   * What they are judged on: the memory transport, or a real socket. On the latter only the clauses run that need one,
   * and those that a mutant names: the rest says nothing there that it would not say, faster, on the former.
   */
  readonly target: 'memory' | 'node'
  readonly mutants: readonly Mutant[]
}
