import { Opcode } from '../frame.js'
import type { FrameOptions } from '../frame-sender.js'
import { PROTOCOL_ERROR, text } from '../round.js'
import type { Segmentation } from '../segment-writer.js'
import type { FrameCase } from '../wire-case.js'

const HELLO = Buffer.from('Hello, world!')

/** A frame of a case: its opcode and how it is sent. */
export type Shot = readonly [opcode: number, options?: FrameOptions]

/** Where a case stands and what it is. */
export interface RefusalHead {
  readonly id: string
  readonly chapter: string
  readonly title: string
}

/** A case whose frames must make the target fail the connection, with nothing coming back. */
export function refusal(head: RefusalHead, shots: readonly Shot[]): FrameCase {
  return {
    kind: 'frames',
    ...head,
    expectation: 'nothing comes back; the connection is failed with 1002, or TCP ends',
    play(round) {
      round.expect({ OK: [], close: PROTOCOL_ERROR })
      for (const [opcode, options] of shots) round.peer.sendFrame(opcode, options)
      round.failAfter(1000)
    },
  }
}

/** A case that sends good text, then a bad frame, then a ping: the text may still come back, the pong may not. */
export function refusalAfterEcho(head: RefusalHead, bad: Shot, cut: Segmentation = {}): FrameCase {
  return {
    kind: 'frames',
    ...head,
    expectation: 'the text comes back (not strict without it), no pong; failed with 1002, or TCP ends',
    play(round) {
      round.expect({ OK: [text(HELLO)], 'NON-STRICT': [], close: PROTOCOL_ERROR })
      round.peer.sendFrame(Opcode.text, { payload: HELLO, ...cut })
      round.peer.sendFrame(bad[0], { ...bad[1], ...cut })
      round.peer.sendFrame(Opcode.ping, cut)
      round.failAfter(1000)
    },
  }
}

const RSV = '3 Reserved bits'
const DATA = '4.1 Opcodes: reserved for data'
const CONTROL = '4.2 Opcodes: reserved for control'
const PAYLOAD = Buffer.from('reserved opcode payload')

/** Chapter 3: reserved bits without an extension that gives them a meaning. */
export function reservedBitCases(): FrameCase[] {
  const bytes = Buffer.from('00fffefdfcfb00ff', 'hex')
  const head = (id: string, title: string): RefusalHead => ({ id, chapter: RSV, title })
  const second = (rsv: number): Shot => [Opcode.text, { payload: HELLO, rsv }]
  return [
    refusal(head('3.1', 'text with reserved bits 1'), [second(1)]),
    refusalAfterEcho(head('3.2', 'text, text with reserved bits 2, ping'), second(2)),
    refusalAfterEcho(head('3.3', 'text, text with reserved bits 3, ping, each written apart'), second(3), {
      alone: true,
    }),
    refusalAfterEcho(
      head('3.4', 'text, text with reserved bits 4, ping, written one byte at a time'),
      second(4),
      {
        chopBytes: 1,
      },
    ),
    refusal(head('3.5', 'binary with reserved bits 5'), [[Opcode.binary, { payload: bytes, rsv: 5 }]]),
    refusal(head('3.6', 'binary with reserved bits 6'), [[Opcode.binary, { payload: HELLO, rsv: 6 }]]),
    refusal(head('3.7', 'close with reserved bits 7'), [[Opcode.close, { rsv: 7 }]]),
  ]
}

function opcodeCases(section: string, chapter: string, first: number): FrameCase[] {
  const head = (number: number, title: string): RefusalHead => ({
    id: `${section}.${number}`,
    chapter,
    title,
  })
  return [
    refusal(head(1, `opcode ${first} without a payload`), [[first]]),
    refusal(head(2, `opcode ${first + 1} with a payload`), [[first + 1, { payload: PAYLOAD }]]),
    refusalAfterEcho(head(3, `text, opcode ${first + 2} without a payload, ping`), [first + 2]),
    refusalAfterEcho(head(4, `text, opcode ${first + 3} with a payload, ping`), [
      first + 3,
      { payload: HELLO },
    ]),
    refusalAfterEcho(
      head(5, `text, opcode ${first + 4} with a payload, ping, written one byte at a time`),
      [first + 4, { payload: HELLO }],
      { chopBytes: 1 },
    ),
  ]
}

/** Chapter 4: opcodes that mean nothing. */
export function reservedOpcodeCases(): FrameCase[] {
  return [...opcodeCases('4.1', DATA, 3), ...opcodeCases('4.2', CONTROL, 11)]
}
