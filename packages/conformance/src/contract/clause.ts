import type { Stage } from './stage.js'
import type { Capability } from './target.js'

/** The number of a clause in CONTRACT.md: chapter and place. */
export type ClauseId = `ES-${number}.${number}`

/** One clause of a contract, as a case: by default of CONTRACT.md. */
export interface Clause<On = Stage, Need extends string = Capability, Id extends string = ClauseId> {
  readonly id: Id
  /** What holds, in one line. */
  readonly title: string
  /** What a target has to be able to do for the clause to mean anything. */
  readonly needs?: readonly Need[]
  /** Rejects when the clause does not hold. */
  check(stage: On): Promise<void>
}

/** A chapter of a contract. */
export interface Chapter<On = Stage, Need extends string = Capability, Id extends string = ClauseId> {
  readonly title: string
  readonly clauses: readonly Clause<On, Need, Id>[]
}
