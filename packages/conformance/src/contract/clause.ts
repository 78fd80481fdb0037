import type { Stage } from './stage.js'
import type { Capability } from './target.js'

/** The number of a clause in CONTRACT.md: chapter and place. */
export type ClauseId = `ES-${number}.${number}`

/** One clause of the contract, as a case. */
export interface Clause {
  readonly id: ClauseId
  /** What holds, in one line. */
  readonly title: string
  /** What a target has to be able to do for the clause to mean anything. */
  readonly needs?: readonly Capability[]
  /** Rejects when the clause does not hold. */
  check(stage: Stage): Promise<void>
}

/** A chapter of CONTRACT.md. */
export interface Chapter {
  readonly title: string
  readonly clauses: readonly Clause[]
}
