import { Opcode } from '../frame.js'
import { CLEAN_CLOSE, PROTOCOL_ERROR, pong, type RoundEvent, text } from '../round.js'
import type { Segmentation } from '../segment-writer.js'
import type { FrameCase } from '../wire-case.js'
import { refusal, type Shot } from './refusals.js'

const CHAPTER = '5 Fragmentation'
const PARTS = ['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5'].map((part) =>
  Buffer.from(part),
)
const [ONE, TWO, THREE, FOUR, FIVE] = PARTS as [Buffer, Buffer, Buffer, Buffer, Buffer]
const STRAY = Buffer.from('non-continuation payload')
const HELLO = Buffer.from('Hello, world!')

const CUTS: readonly (readonly [Segmentation, string])[] = [
  [{}, ''],
  [{ alone: true }, ', each written apart'],
  [{ chopBytes: 1 }, ', written one byte at a time'],
]

function head(number: number, title: string) {
  return { id: `5.${number}`, chapter: CHAPTER, title }
}

function echoed(
  number: number,
  title: string,
  shots: readonly Shot[],
  events: readonly RoundEvent[],
): FrameCase {
  return {
    kind: 'frames',
    ...head(number, title),
    expectation: `${events.length > 1 ? 'the pong, then ' : ''}the whole message comes back; clean close`,
    play(round) {
      round.expect({ OK: events, close: CLEAN_CLOSE })
      for (const [opcode, options] of shots) round.peer.sendFrame(opcode, options)
      round.closeAfter(1000)
    },
  }
}

function cutThrice(
  first: number,
  make: (number: number, cut: Segmentation, how: string) => FrameCase,
): FrameCase[] {
  return CUTS.map(([cut, how], index) => make(first + index, cut, how))
}

function twoFragments(number: number, cut: Segmentation, how: string): FrameCase {
  const shots: Shot[] = [
    [Opcode.text, { payload: ONE, fin: false, ...cut }],
    [Opcode.continuation, { payload: TWO, ...cut }],
  ]
  return echoed(number, `text in two fragments${how}`, shots, [text('fragment1fragment2')])
}

function pingBetween(number: number, cut: Segmentation, how: string): FrameCase {
  const shots: Shot[] = [
    [Opcode.text, { payload: ONE, fin: false, ...cut }],
    [Opcode.ping, { payload: Buffer.from('ping payload'), ...cut }],
    [Opcode.continuation, { payload: TWO, ...cut }],
  ]
  const events = [pong('ping payload'), text('fragment1fragment2')]
  return echoed(number, `text in two fragments with a ping between them${how}`, shots, events)
}

function strayContinuation(fin: boolean) {
  return (number: number, cut: Segmentation, how: string): FrameCase =>
    refusal(head(number, `continuation (${fin ? 'final' : 'not final'}) of nothing, then text${how}`), [
      [Opcode.continuation, { payload: STRAY, fin, ...cut }],
      [Opcode.text, { payload: HELLO, ...cut }],
    ])
}

function repeatedStray(number: number, fin: boolean): FrameCase {
  const shots: Shot[] = [
    [Opcode.continuation, { payload: ONE, fin }],
    [Opcode.text, { payload: TWO, fin: false }],
    [Opcode.continuation, { payload: THREE }],
  ]
  const title = `twice: continuation (${fin ? 'final' : 'not final'}) of nothing, then text in two fragments`
  return refusal(head(number, title), [...shots, ...shots])
}

const afterWholeMessage: FrameCase = {
  kind: 'frames',
  ...head(15, 'text in two fragments, a continuation (not final) of nothing, then text'),
  expectation: 'the first text comes back (not strict without it); failed with 1002, or TCP ends',
  play(round) {
    round.expect({ OK: [text('fragment1fragment2')], 'NON-STRICT': [], close: PROTOCOL_ERROR })
    round.peer.sendFrame(Opcode.text, { payload: ONE, fin: false })
    round.peer.sendFrame(Opcode.continuation, { payload: TWO })
    round.peer.sendFrame(Opcode.continuation, { payload: THREE, fin: false })
    round.peer.sendFrame(Opcode.text, { payload: FOUR })
    round.failAfter(1000)
  },
}

function fiveFragments(number: number, cut: Segmentation, how: string): FrameCase {
  return {
    kind: 'frames',
    ...head(number, `text in five fragments with two pings and a pause of 1 s between them${how}`),
    expectation: 'a pong for each ping, the first within the pause, then the whole message; clean close',
    play(round) {
      const { peer } = round
      const [first, second] = [Buffer.from('pongme 1!'), Buffer.from('pongme 2!')]
      round.expect({ OK: [pong(first), pong(second), text(Buffer.concat(PARTS))], close: CLEAN_CLOSE })
      peer.sendFrame(Opcode.text, { payload: ONE, fin: false, ...cut })
      peer.sendFrame(Opcode.continuation, { payload: TWO, fin: false, ...cut })
      peer.sendFrame(Opcode.ping, { payload: first, ...cut })
      peer.later(1000, () => {
        peer.sendFrame(Opcode.continuation, { payload: THREE, fin: false, ...cut })
        peer.sendFrame(Opcode.continuation, { payload: FOUR, fin: false, ...cut })
        peer.sendFrame(Opcode.ping, { payload: second, ...cut })
        peer.sendFrame(Opcode.continuation, { payload: FIVE, ...cut })
        round.closeAfter(1000)
      })
    },
  }
}

/** Chapter 5: messages in fragments, right and wrong. */
export function fragmentCases(): FrameCase[] {
  return [
    refusal(head(1, 'ping in two fragments'), [
      [Opcode.ping, { payload: ONE, fin: false }],
      [Opcode.continuation, { payload: TWO }],
    ]),
    refusal(head(2, 'pong in two fragments'), [
      [Opcode.pong, { payload: ONE, fin: false }],
      [Opcode.continuation, { payload: TWO }],
    ]),
    ...cutThrice(3, twoFragments),
    ...cutThrice(6, pingBetween),
    ...cutThrice(9, strayContinuation(true)),
    ...cutThrice(12, strayContinuation(false)),
    afterWholeMessage,
    repeatedStray(16, false),
    repeatedStray(17, true),
    refusal(head(18, 'text in two fragments, both with the opcode of text'), [
      [Opcode.text, { payload: ONE, fin: false }],
      [Opcode.text, { payload: TWO }],
    ]),
    fiveFragments(19, {}, ''),
    fiveFragments(20, { alone: true }, ', each frame written apart'),
  ]
}
