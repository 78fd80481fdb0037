import { Opcode } from '../frame.js'
import type { Round } from '../round.js'
import type { FrameCase, Outcome } from '../wire-case.js'

interface CodeCase {
  readonly id: string
  readonly chapter: string
  readonly title: string
  readonly expectation: string
  /** Codes that are right; with none of them, TCP may end without a close frame. */
  readonly codes: readonly number[]
  /** Codes that are let pass. */
  readonly tolerated?: readonly number[]
  /** Whether TCP may end without a close frame. */
  readonly mayDrop: boolean
  readonly send: (round: Round) => void
}

function describeEnd(round: Round): string {
  const { peer } = round
  if (peer.closeFrames === 0)
    return peer.droppedByUs ? 'no close frame came in time' : 'TCP ended without a close frame'
  return peer.closeCode === undefined
    ? 'a close frame without a code came'
    : `a close frame with ${peer.closeCode} came`
}

function judgeCode(round: Round, parts: CodeCase): Outcome {
  const { peer, received } = round
  const note = describeEnd(round)
  const failed = (why: string): Outcome => ({
    verdict: 'FAILED',
    closeVerdict: 'FAILED',
    note: why,
    closeNote: note,
  })
  if (received.length > 0) return failed('something came back for what was sent after, or besides, the close')
  if (peer.closeFrames > 1) return failed(`${peer.closeFrames} close frames came; one is the most`)
  if (peer.closeFrames === 0) {
    return parts.mayDrop && !peer.droppedByUs ? { verdict: 'OK', closeVerdict: 'OK', note } : failed(note)
  }
  const code = peer.closeCode
  const isRight = parts.codes.includes(code ?? 1000)
  const isTolerated = code !== undefined && parts.tolerated?.includes(code) === true
  if (isTolerated) return { verdict: 'NON-STRICT', closeVerdict: 'NON-STRICT', note }
  if (isRight && peer.droppedByUs) {
    return { verdict: 'OK', closeVerdict: 'FAILED', closeNote: peer.trouble ?? 'TCP was left open' }
  }
  if (isRight) return { verdict: 'OK', closeVerdict: 'OK' }
  return failed(`${note}; expected ${parts.codes.join(' or ')}`)
}

/** A case that ends with a close frame of ours, judged by the one that comes back. */
export function codeCase(parts: CodeCase): FrameCase {
  const { id, chapter, title, expectation } = parts
  return {
    kind: 'frames',
    id,
    chapter,
    title,
    expectation,
    play(round) {
      round.judge = (ended) => judgeCode(ended, parts)
      parts.send(round)
      round.failAfter(1000)
    },
  }
}

const BAD = 'C.1 Close codes that may not be sent'
const GOOD = 'C.2 Close codes that may be sent'
const FORM = 'C.3 Form of a close frame'
const ORDER = 'C.4 Order around a close frame'
const BAD_CODES = [0, 1, 500, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2500, 2999]
const BEYOND_CODES = [5000, 9999, 32_768, 65_535]
const GOOD_CODES = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3999, 4000, 4999,
]
const REGISTERED_LATER = new Set([1012, 1013, 1014])

function badCodes(): FrameCase[] {
  const one = (code: number, index: number, tolerated: readonly number[]): FrameCase =>
    codeCase({
      id: `C.1.${index + 1}`,
      chapter: BAD,
      title: `close with ${code}`,
      expectation: `closed with 1002, or TCP ends${tolerated.length === 0 ? '' : '; not strict when it is answered'}`,
      codes: [1002],
      tolerated,
      mayDrop: true,
      send: ({ peer }) => peer.close(code),
    })
  return [
    ...BAD_CODES.map((code, index) => one(code, index, [])),
    ...BEYOND_CODES.map((code, index) => one(code, BAD_CODES.length + index, [1000, code])),
  ]
}

function goodCodes(): FrameCase[] {
  return GOOD_CODES.map((code, index) =>
    codeCase({
      id: `C.2.${index + 1}`,
      chapter: GOOD,
      title: `close with ${code} and a reason`,
      expectation: `answered with ${code} or 1000, and TCP ends`,
      codes: [1000, code],
      tolerated: REGISTERED_LATER.has(code) ? [1002] : [],
      mayDrop: false,
      send: ({ peer }) => peer.close(code, Buffer.from('with a reason')),
    }),
  )
}

function forms(): FrameCase[] {
  const one = (
    number: number,
    title: string,
    codes: readonly number[],
    send: (round: Round) => void,
  ): FrameCase =>
    codeCase({
      id: `C.3.${number}`,
      chapter: FORM,
      title,
      expectation: codes.includes(1000)
        ? 'answered, and TCP ends'
        : `closed with ${codes.join(' or ')}, or TCP ends`,
      codes,
      mayDrop: !codes.includes(1000),
      send,
    })
  const text = [1007, 1002]
  return [
    one(1, 'close without a payload', [1000], ({ peer }) => peer.close()),
    one(2, 'close with a payload of one byte', [1002], ({ peer }) => peer.close(undefined, Buffer.from([3]))),
    one(3, 'close with a reason of 123 bytes', [1000], ({ peer }) =>
      peer.close(1000, Buffer.alloc(123, 'r')),
    ),
    one(4, 'close with a reason of 124 bytes', [1002], ({ peer }) =>
      peer.close(1000, Buffer.alloc(124, 'r')),
    ),
    one(5, 'close with a reason of 123 bytes in three-byte characters', [1000], ({ peer }) =>
      peer.close(1000, Buffer.from('€'.repeat(41))),
    ),
    one(6, 'close with a reason cut inside a character', text, ({ peer }) =>
      peer.close(1000, Buffer.from('€').subarray(0, 2)),
    ),
    one(7, 'close with a reason that is an overlong form', text, ({ peer }) =>
      peer.close(1000, Buffer.from('c0af', 'hex')),
    ),
    one(8, 'close with a reason that is a surrogate', text, ({ peer }) =>
      peer.close(1000, Buffer.from('eda080', 'hex')),
    ),
    one(9, 'close that is not final', [1002], ({ peer }) =>
      peer.sendFrame(Opcode.close, { payload: Buffer.from([3, 0xe8]), fin: false }),
    ),
    one(10, 'close with reserved bit 1', [1002], ({ peer }) =>
      peer.sendFrame(Opcode.close, { payload: Buffer.from([3, 0xe8]), rsv: 4 }),
    ),
  ]
}

function orders(): FrameCase[] {
  const payload = Buffer.from('too late')
  const one = (number: number, title: string, send: (round: Round) => void, codes = [1000]): FrameCase =>
    codeCase({
      id: `C.4.${number}`,
      chapter: ORDER,
      title,
      expectation: 'one close frame in answer, nothing else comes back, TCP ends',
      codes,
      mayDrop: false,
      send,
    })
  return [
    one(1, 'close, then text', ({ peer }) => {
      peer.close(1000)
      peer.sendFrame(Opcode.text, { payload })
    }),
    one(2, 'close, then binary, each written apart', ({ peer }) => {
      peer.close(1000)
      peer.sendFrame(Opcode.binary, { payload, alone: true })
    }),
    one(3, 'close, then a ping', ({ peer }) => {
      peer.close(1000)
      peer.sendFrame(Opcode.ping, { payload })
    }),
    one(4, 'close, then close with another code', ({ peer }) => {
      peer.close(1000)
      peer.sendFrame(Opcode.close, { payload: Buffer.from([0x0f, 0xa0]) })
    }),
    one(5, 'close, then a frame that is wrong', ({ peer }) => {
      peer.close(1000)
      peer.sendFrame(Opcode.text, { payload, rsv: 7 })
    }),
    one(6, 'first fragment, then close', ({ peer }) => {
      peer.sendFrame(Opcode.text, { payload, fin: false })
      peer.close(1000)
    }),
    one(7, 'close written one byte at a time', ({ peer }) =>
      peer.close(1000, Buffer.from('slowly'), { chopBytes: 1 }),
    ),
  ]
}

/** Chapter C: close codes and close frames beyond chapter 7. */
export function closeCodeCases(): FrameCase[] {
  return [...badCodes(), ...goodCodes(), ...forms(), ...orders()]
}
