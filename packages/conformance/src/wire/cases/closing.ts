import { Opcode } from '../frame.js'
import { CLEAN_CLOSE, type CloseExpectation, type Round, text } from '../round.js'
import type { FrameCase, Outcome } from '../wire-case.js'

const HELLO = Buffer.from('Hello World!')
const SAMPLE = Buffer.from('BAsd7&jh23')
const BAD_REASON = Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex')

/** A repetition of a short sample up to a length. */
export function repeated(sample: Uint8Array, length: number): Buffer {
  return Buffer.alloc(length, sample)
}

/** A wrong close code decides over the behaviour too. */
function codeMatters(outcome: Outcome): Outcome {
  if (outcome.closeNote?.startsWith('WRONG CODE') !== true) return outcome
  return { ...outcome, verdict: 'FAILED', note: outcome.closeNote }
}

function informational(outcome: Outcome, round: Round): Outcome {
  const code = round.peer.closeCode
  const how =
    code === undefined ? 'the connection ended without a close code' : `the target closed with ${code}`
  const events = round.received.length === 0 ? 'no message came' : `${round.received.length} messages came`
  const { note: _note, closeNote: _closeNote, ...rest } = outcome
  return { ...rest, verdict: 'INFORMATIONAL', closeVerdict: 'INFORMATIONAL', note: `${events}; ${how}` }
}

const ANY_OF = (codes: readonly number[], clean: boolean): CloseExpectation => ({ by: 'suite', codes, clean })

interface CloseCase {
  readonly id: string
  readonly chapter: string
  readonly title: string
  readonly expectation: string
  readonly close?: CloseExpectation
  readonly isInformational?: boolean
  readonly send: (round: Round) => void
}

function closing(parts: CloseCase): FrameCase {
  const { close = CLEAN_CLOSE, send, ...head } = parts
  return {
    kind: 'frames',
    ...head,
    play(round) {
      round.closesWhenDone = false
      round.expect({ OK: [], close })
      round.amend = parts.isInformational === true ? informational : codeMatters
      send(round)
      round.failAfter(1000)
    },
  }
}

const BASIC = '7.1 Close: the closing handshake'
const LENGTH = '7.3 Close: length of the frame'
const OR_NOTHING = 'closed with 1002, or TCP ends'

function basicCases(): FrameCase[] {
  const expectation = 'clean close with 1000; nothing else comes back'
  const head = (number: number, title: string) => ({
    id: `7.1.${number}`,
    chapter: BASIC,
    title,
    expectation,
  })
  return [
    {
      kind: 'frames',
      ...head(1, 'text, then close'),
      expectation: 'the text comes back; clean close with 1000',
      play(round) {
        round.expect({ OK: [text(HELLO)], close: CLEAN_CLOSE })
        round.amend = codeMatters
        round.peer.sendFrame(Opcode.text, { payload: HELLO })
        round.failAfter(1000)
      },
    },
    closing({
      ...head(2, 'two close frames'),
      send({ peer }) {
        peer.close(1000)
        peer.sendFrame(Opcode.close)
      },
    }),
    closing({
      ...head(3, 'close, then a ping'),
      send({ peer }) {
        peer.close(1000)
        peer.sendFrame(Opcode.ping)
      },
    }),
    closing({
      ...head(4, 'close, then text'),
      send({ peer }) {
        peer.close(1000)
        peer.sendFrame(Opcode.text, { payload: HELLO })
      },
    }),
    closing({
      ...head(5, 'first fragment, close, last fragment'),
      send({ peer }) {
        peer.sendFrame(Opcode.text, { payload: Buffer.from('fragment1'), fin: false })
        peer.close(1000)
        peer.sendFrame(Opcode.continuation, { payload: Buffer.from('fragment2') })
      },
    }),
    {
      kind: 'frames',
      isInformational: true,
      ...head(6, 'text of 256 KiB, short text, close and a ping, back to back'),
      expectation: 'only recorded: whether the text came back before the close was acted upon',
      play(round) {
        const payload = repeated(SAMPLE, 256 * 1024)
        round.closesWhenDone = false
        round.expect({ OK: [text(payload), text(HELLO)], close: CLEAN_CLOSE })
        round.amend = informational
        round.peer.sendFrame(Opcode.text, { payload })
        round.peer.sendFrame(Opcode.text, { payload: HELLO })
        round.closeNormally()
        round.peer.sendFrame(Opcode.ping)
        round.failAfter(1000)
      },
    },
  ]
}

function lengthCases(): FrameCase[] {
  const one = (number: number, title: string, code?: number, reason?: Buffer, mustFail = false): FrameCase =>
    closing({
      id: `7.3.${number}`,
      chapter: LENGTH,
      title,
      expectation: mustFail ? OR_NOTHING : 'clean close with 1000 or without a code',
      ...(mustFail ? { close: ANY_OF([1002], false) } : {}),
      send: ({ peer }) => peer.close(code, reason),
    })
  return [
    one(1, 'close without a payload'),
    one(2, 'close with a payload of one byte', undefined, Buffer.from('a'), true),
    one(3, 'close with a code only', 1000),
    one(4, 'close with a code and a reason', 1000, HELLO),
    one(5, 'close with a reason of 123 bytes, the longest', 1000, Buffer.alloc(123, '*')),
    one(6, 'close with a reason of 124 bytes, one too many', 1000, Buffer.alloc(124, '*'), true),
  ]
}

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]

/** Chapter 7: how a connection is closed. */
export function closingCases(): FrameCase[] {
  return [
    ...basicCases(),
    ...lengthCases(),
    closing({
      id: '7.5.1',
      chapter: '7.5 Close: text of the reason',
      title: 'close with a reason that is not UTF-8',
      expectation: 'closed with 1002 or 1007, or TCP ends',
      close: ANY_OF([1002, 1007], false),
      send: ({ peer }) => peer.close(1000, BAD_REASON),
    }),
    ...VALID_CODES.map((code, index) =>
      closing({
        id: `7.7.${index + 1}`,
        chapter: '7.7 Close: valid codes',
        title: `close with ${code}`,
        expectation: code === 1000 ? 'clean close with 1000' : `clean close with 1000 or ${code}`,
        close: ANY_OF([1000, code], true),
        send: ({ peer }) => peer.close(code),
      }),
    ),
    ...INVALID_CODES.map((code, index) =>
      closing({
        id: `7.9.${index + 1}`,
        chapter: '7.9 Close: invalid codes',
        title: `close with ${code}, which may not be sent`,
        expectation: OR_NOTHING,
        close: ANY_OF([1002], false),
        send: ({ peer }) => peer.close(code),
      }),
    ),
    ...[5000, 65_535].map((code, index) =>
      closing({
        id: `7.13.${index + 1}`,
        chapter: '7.13 Close: codes beyond the ranges',
        title: `close with ${code}`,
        expectation: 'only recorded: the standard does not say',
        close: ANY_OF([1000, code, 1002], false),
        isInformational: true,
        send: ({ peer }) => peer.close(code),
      }),
    ),
  ]
}
