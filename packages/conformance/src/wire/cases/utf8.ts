import { Opcode } from '../frame.js'
import { BAD_TEXT, CLEAN_CLOSE, type Round, text, timeout } from '../round.js'
import type { FrameCase } from '../wire-case.js'
import { UTF8_SECTIONS } from './utf8-samples.js'

const GREEK = Buffer.from('cebae1bdb9cf83cebcceb5', 'hex')
const MIXED = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!')
const MIXED_HEAD = Buffer.from('Hello-µ@ßöä')
const TAIL = Buffer.from('edited')
const WITH_SURROGATE = Buffer.concat([GREEK, Buffer.from('eda080', 'hex'), TAIL])
const OUT_OF_RANGE = Buffer.from('f4908080', 'hex')
const WITH_OUT_OF_RANGE = Buffer.concat([GREEK, OUT_OF_RANGE, TAIL])

function accepted(
  id: string,
  chapter: string,
  title: string,
  message: Buffer,
  send: (round: Round) => void,
): FrameCase {
  return {
    kind: 'frames',
    id,
    chapter,
    title,
    expectation: 'the text comes back; clean close',
    play(round) {
      round.expect({ OK: [text(message)], close: CLEAN_CLOSE })
      send(round)
      round.closeAfter(1000)
    },
  }
}

function inFragments(fragments: readonly Buffer[]) {
  return (round: Round): void => {
    for (const [index, payload] of fragments.entries()) {
      const opcode = index === 0 ? Opcode.text : Opcode.continuation
      round.peer.sendFrame(opcode, { payload, fin: index === fragments.length - 1 })
    }
  }
}

function message(payload: Buffer, fragmentBytes?: number) {
  return (round: Round): void => round.peer.sendMessage(payload, false, fragmentBytes)
}

function rejected(
  id: string,
  chapter: string,
  title: string,
  send: (round: Round) => void,
  waitMs = 1000,
): FrameCase {
  return {
    kind: 'frames',
    id,
    chapter,
    title,
    expectation: 'nothing comes back; the connection is failed with 1007, or TCP ends',
    play(round) {
      round.expect({ OK: [], close: BAD_TEXT })
      send(round)
      round.failAfter(waitMs)
    },
  }
}

type Part = (round: Round, payload: Buffer, index: number) => void

function failFast(
  number: number,
  title: string,
  parts: readonly Buffer[],
  createSender: () => Part,
): FrameCase {
  return {
    kind: 'frames',
    id: `6.4.${number}`,
    chapter: '6.4 UTF-8: failing fast on bad text',
    title,
    expectation: 'failed with 1007 as soon as the bad part is there; not strict when only at the end',
    play(round) {
      const { peer } = round
      const send = createSender()
      round.expect({
        OK: [timeout('A')],
        'NON-STRICT': [timeout('A'), timeout('B')],
        close: BAD_TEXT,
      })
      send(round, parts[0] as Buffer, 0)
      peer.later(1000, () => {
        if (peer.state !== 'open') return
        round.passed('A')
        send(round, parts[1] as Buffer, 1)
        peer.later(1000, () => {
          if (peer.state !== 'open') return
          round.passed('B')
          send(round, parts[2] as Buffer, 2)
          round.failAfter(1000)
        })
      })
    },
  }
}

const asFrames = (): Part => (round, payload, index) =>
  round.peer.sendFrame(index === 0 ? Opcode.text : Opcode.continuation, { payload, fin: index === 2 })

/** Sends the parts as three writes of one frame, whose header leaves with the first. */
function asWrites(): Part {
  let key: Buffer | undefined
  let sent = 0
  return (round, payload) => {
    key ??= round.random.bytes(4)
    round.peer.sendPiece(Opcode.text, WITH_OUT_OF_RANGE.length, payload, sent, key)
    sent += payload.length
  }
}

function failFastCases(): FrameCase[] {
  const whole = [GREEK, OUT_OF_RANGE, TAIL]
  const exact = [
    WITH_OUT_OF_RANGE.subarray(0, 12),
    WITH_OUT_OF_RANGE.subarray(12, 13),
    WITH_OUT_OF_RANGE.subarray(13),
  ]
  return [
    failFast(1, 'three frames 1 s apart, the second with a sequence beyond U+10FFFF', whole, asFrames),
    failFast(2, 'three frames 1 s apart, the second ends with the very byte that is wrong', exact, asFrames),
    failFast(3, 'as 6.4.1, as three writes of one frame', whole, asWrites),
    failFast(4, 'as 6.4.2, as three writes of one frame', exact, asWrites),
  ]
}

function sampleCases(): FrameCase[] {
  return UTF8_SECTIONS.flatMap(({ title, samples }, section) =>
    samples.map(([isValid, hex], index): FrameCase => {
      const payload = Buffer.from(hex, 'hex')
      const id = `6.${section + 5}.${index + 1}`
      const chapter = `6.${section + 5} UTF-8: ${title}`
      const name = `${isValid ? 'valid' : 'invalid'} text 0x${hex.length > 32 ? `${hex.slice(0, 32)}…` : hex}`
      if (!isValid) return rejected(id, chapter, name, message(payload), 500)
      return {
        kind: 'frames',
        id,
        chapter,
        title: name,
        expectation: 'the text comes back; clean close',
        play(round) {
          round.expect({ OK: [text(payload)], close: CLEAN_CLOSE })
          message(payload)(round)
          round.failAfter(500)
        },
      }
    }),
  )
}

/** Chapter 6: text that is UTF-8, and text that is not. */
export function utf8Cases(): FrameCase[] {
  const empty = '6.1 UTF-8: empty text and empty fragments'
  const valid = '6.2 UTF-8: valid text, whole and in fragments'
  const invalid = '6.3 UTF-8: bad text, whole and in fragments'
  const [none, middle] = [Buffer.alloc(0), Buffer.from('middle frame payload')]
  return [
    accepted('6.1.1', empty, 'empty text', none, inFragments([none])),
    accepted('6.1.2', empty, 'text of three empty fragments', none, inFragments([none, none, none])),
    accepted(
      '6.1.3',
      empty,
      'three fragments, only the middle one not empty',
      middle,
      inFragments([none, middle, none]),
    ),
    accepted('6.2.1', valid, 'text in one frame', MIXED, message(MIXED)),
    accepted(
      '6.2.2',
      valid,
      'text in two fragments, cut between code points',
      MIXED,
      inFragments([MIXED_HEAD, MIXED.subarray(MIXED_HEAD.length)]),
    ),
    accepted('6.2.3', valid, 'text in fragments of one byte', MIXED, message(MIXED, 1)),
    accepted('6.2.4', valid, 'Greek text in fragments of one byte', GREEK, message(GREEK, 1)),
    rejected('6.3.1', invalid, 'text with an encoded surrogate, in one frame', message(WITH_SURROGATE)),
    rejected(
      '6.3.2',
      invalid,
      'text with an encoded surrogate, in fragments of one byte',
      message(WITH_SURROGATE, 1),
    ),
    ...failFastCases(),
    ...sampleCases(),
  ]
}
