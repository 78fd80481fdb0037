import { CLEAN_CLOSE, type Round, type RoundEvent } from '../round.js'
import type { FrameCase } from '../wire-case.js'

/** Where a case stands and what it is. */
export interface EchoHead {
  readonly id: string
  readonly chapter: string
  readonly title: string
}

/** A case whose events must come back exactly, with a clean close after them. */
export function echoCase(
  head: EchoHead,
  expectation: string,
  begin: (round: Round) => readonly RoundEvent[],
): FrameCase {
  return {
    kind: 'frames',
    ...head,
    expectation: `${expectation}; clean close`,
    play(round) {
      const events: RoundEvent[] = []
      round.expect({ OK: events, close: CLEAN_CLOSE })
      events.push(...begin(round))
      round.closeAfter(2000)
    },
  }
}
