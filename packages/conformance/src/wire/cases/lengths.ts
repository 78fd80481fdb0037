import { Opcode } from '../frame.js'
import { binary, CLEAN_CLOSE, judgeClose, pong, type Round, type RoundEvent, text } from '../round.js'
import type { FrameCase, Outcome } from '../wire-case.js'
import { echoCase } from './echo-case.js'

const SIZES = [1, 2, 3, 4, 5, 16, 124, 125, 126, 127, 1024, 65_534, 65_535, 65_536, 65_537, 131_071, 131_072]

function sizes(): FrameCase[] {
  const chapter = 'L.1 Lengths as short as they can be'
  const one = (bytes: number, index: number): FrameCase =>
    echoCase(
      { id: `L.1.${index + 1}`, chapter, title: `${bytes} random bytes` },
      'the same bytes come back',
      (round) => {
        const payload = round.random.bytes(bytes)
        round.peer.sendFrame(Opcode.binary, { payload })
        return [binary(payload)]
      },
    )
  const all = echoCase(
    {
      id: `L.1.${SIZES.length + 1}`,
      chapter,
      title: 'every length from 0 to 300, one message each, back to back',
    },
    'every message comes back, in order',
    (round) =>
      Array.from({ length: 301 }, (_, length) => {
        const payload = round.random.bytes(length)
        round.peer.sendFrame(Opcode.binary, { payload })
        return binary(payload)
      }),
  )
  return [...SIZES.map(one), all]
}

function judgeLongForm(round: Round, event: RoundEvent, isTolerated: boolean): Outcome {
  const [first, ...more] = round.received
  const came = first !== undefined
  if (!came && !round.peer.closedByUs) {
    const { closeVerdict, closeNote } = judgeClose(round.peer, { by: 'target', codes: [1002], clean: false })
    return { verdict: 'OK', closeVerdict, ...(closeNote === undefined ? {} : { closeNote }) }
  }
  const isEcho =
    came && more.length === 0 && first.kind === event.kind && JSON.stringify(first) === JSON.stringify(event)
  if (isEcho && isTolerated) {
    const note = 'a length that could have been written shorter was accepted (RFC 6455 section 5.2)'
    return { verdict: 'NON-STRICT', closeVerdict: 'OK', note }
  }
  const note = isEcho
    ? 'the frame was accepted'
    : came
      ? 'what came back is not what was sent'
      : 'nothing happened'
  return { verdict: 'FAILED', closeVerdict: 'FAILED', note }
}

function longForms(): FrameCase[] {
  const chapter = 'L.2 Lengths not as short as they can be'
  const one = (number: number, opcode: number, bytes: number, lengthBytes: 2 | 8): FrameCase => {
    const isControl = opcode === Opcode.ping
    const what = isControl ? 'ping' : opcode === Opcode.text ? 'text' : 'binary'
    return {
      kind: 'frames',
      id: `L.2.${number}`,
      chapter,
      title: `${what} of ${bytes} bytes with a length of ${lengthBytes * 8} bits`,
      expectation: `failed with 1002, or TCP ends${isControl ? '' : '; not strict when it is taken as it is meant'}`,
      play(round) {
        const payload = Buffer.alloc(bytes, 'l')
        const event = isControl ? pong(payload) : opcode === Opcode.text ? text(payload) : binary(payload)
        round.judge = (ended) => judgeLongForm(ended, event, !isControl)
        round.peer.sendFrame(opcode, { payload, lengthBytes })
        round.expect({ OK: [event], close: CLEAN_CLOSE })
        round.closeAfter(1000)
      },
    }
  }
  return [
    one(1, Opcode.text, 0, 2),
    one(2, Opcode.text, 5, 2),
    one(3, Opcode.binary, 125, 2),
    one(4, Opcode.text, 5, 8),
    one(5, Opcode.binary, 126, 8),
    one(6, Opcode.binary, 65_535, 8),
    one(7, Opcode.ping, 5, 2),
    one(8, Opcode.ping, 5, 8),
  ]
}

const HUGE: readonly (readonly [string, bigint])[] = [
  ['2^31 - 1', 2n ** 31n - 1n],
  ['2^31', 2n ** 31n],
  ['2^32 - 1', 2n ** 32n - 1n],
  ['2^32', 2n ** 32n],
  ['2^53 - 1', 2n ** 53n - 1n],
  ['2^53', 2n ** 53n],
  ['2^63 - 1', 2n ** 63n - 1n],
  ['2^63', 2n ** 63n],
  ['2^64 - 1', 2n ** 64n - 1n],
]
const TOP_BIT = 2n ** 63n

function judgeHuge(round: Round, announced: bigint): Outcome {
  const { peer, received } = round
  const { maxMessageBytes } = round.limits.declared
  if (received.length > 0) return { verdict: 'FAILED', closeVerdict: 'FAILED', note: 'something came back' }
  if (!peer.droppedByUs || peer.closeFrames > 0) {
    const codes = announced >= TOP_BIT ? [1002, 1009] : [1009, 1008, 1002]
    const { closeVerdict, closeNote } = judgeClose(peer, { by: 'target', codes, clean: false })
    return { verdict: 'OK', closeVerdict, ...(closeNote === undefined ? {} : { closeNote }) }
  }
  const note = 'the target waits for the rest'
  if (announced >= TOP_BIT) {
    return { verdict: 'FAILED', closeVerdict: 'FAILED', note: `${note}, though the highest bit must be 0` }
  }
  if (maxMessageBytes !== undefined) {
    return {
      verdict: 'FAILED',
      closeVerdict: 'FAILED',
      note: `${note}, beyond the declared ${maxMessageBytes} bytes`,
    }
  }
  return { verdict: 'INFORMATIONAL', closeVerdict: 'INFORMATIONAL', note }
}

function huge(): FrameCase[] {
  return HUGE.map(([name, announced], index) => ({
    kind: 'frames',
    id: `L.3.${index + 1}`,
    chapter: 'L.3 Lengths beyond all bounds',
    title: `binary that announces ${name} bytes and brings 16 KiB of them`,
    expectation:
      announced >= TOP_BIT
        ? 'failed with 1002 or 1009, or TCP ends; the target still serves others'
        : 'failed with 1009, or waited for when there is no limit; the target still serves others',
    mustSurvive: true,
    play(round) {
      round.judge = (ended) => judgeHuge(ended, announced)
      round.peer.sendFrame(Opcode.binary, { payload: Buffer.alloc(16_384), announcedLength: announced })
      round.peer.later(1000, () => round.peer.drop())
    },
  }))
}

/** Sections L.1 to L.3: how lengths are written. */
export function lengthCases(): FrameCase[] {
  return [...sizes(), ...longForms(), ...huge()]
}
