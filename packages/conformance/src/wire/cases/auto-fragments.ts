import { Opcode } from '../frame.js'
import { CLEAN_CLOSE, text } from '../round.js'
import type { FrameCase } from '../wire-case.js'

const FRAGMENT_BYTES = 1300

/** Chapter 10: a message that is cut into fragments as it is sent. */
export function autoFragmentCases(): FrameCase[] {
  return [
    {
      kind: 'frames',
      id: '10.1.1',
      chapter: '10.1 Automatic fragments',
      title: `text of 64 KiB in fragments of ${FRAGMENT_BYTES} bytes`,
      expectation: 'the text comes back, and we sent as many frames as we should have; clean close',
      play(round) {
        const payload = Buffer.alloc(65_536, '*')
        round.expect({ OK: [text(payload)], close: CLEAN_CLOSE })
        round.amend = (outcome) => {
          const continuations = round.peer.framesSent.get(Opcode.continuation) ?? 0
          const expected = Math.floor(payload.length / FRAGMENT_BYTES)
          if (continuations === expected && round.peer.framesSent.get(Opcode.text) === 1) return outcome
          return {
            ...outcome,
            verdict: 'FAILED',
            note: `we sent ${continuations} continuations, not ${expected}`,
          }
        }
        round.peer.sendMessage(payload, false, FRAGMENT_BYTES)
        round.failAfter(10_000)
      },
    },
  ]
}
