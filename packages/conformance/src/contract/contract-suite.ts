import { ABSENCE } from './absence.js'
import type { Suite } from './judge.js'
import { Stage } from './stage.js'
import type { Capability, Target } from './target.js'

/** How the clauses of CONTRACT.md are played. */
export const CONTRACT_SUITE: Suite<Stage, Capability, Target> = {
  name: 'contract',
  prepare: (target, patience) => new Stage(target, patience),
  absence: ABSENCE,
}
