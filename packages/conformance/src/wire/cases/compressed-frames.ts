import { constants, deflateRawSync } from 'node:zlib'
import { Opcode } from '../frame.js'
import type { FrameOptions } from '../frame-sender.js'
import {
  binary,
  CLEAN_CLOSE,
  type CloseExpectation,
  pong,
  type Round,
  type RoundEvent,
  text,
} from '../round.js'
import type { FrameCase } from '../wire-case.js'

const RSV1 = 4
const HELLO = Buffer.from('Hello, hello, hello, world!')
const BOMB_BYTES = 16 * 1024 * 1024

/** Compresses one message on its own; the four bytes that every message would end with are left off. */
function compressed(payload: Uint8Array, level = 6): Buffer {
  const output = deflateRawSync(payload, { level, finishFlush: constants.Z_SYNC_FLUSH })
  return output.subarray(0, output.length - 4)
}

interface Head {
  readonly id: string
  readonly chapter: string
  readonly title: string
  readonly expectation: string
}

function withAgreement(head: Head, play: (round: Round) => void): FrameCase {
  return {
    kind: 'frames',
    ...head,
    offers: [{}],
    play(round) {
      if (round.peer.isCompressed) {
        play(round)
        return
      }
      round.expect({ close: CLEAN_CLOSE })
      round.verdict = 'UNIMPLEMENTED'
      round.note = 'permessage-deflate was not agreed on'
      round.closeNormally()
    },
  }
}

const RIGHT = 'D.1 Compressed messages as they may be'
const WRONG = 'D.2 Compressed messages as they must not be'

function taken(
  number: number,
  title: string,
  events: readonly RoundEvent[],
  send: (round: Round) => void,
): FrameCase {
  const head = {
    id: `D.1.${number}`,
    chapter: RIGHT,
    title,
    expectation: 'everything comes back; clean close',
  }
  return withAgreement(head, (round) => {
    round.expect({ OK: events, close: CLEAN_CLOSE })
    send(round)
    round.closeAfter(10_000)
  })
}

function refused(
  number: number,
  title: string,
  codes: readonly number[],
  send: (round: Round) => void,
): FrameCase {
  const expectation = `nothing comes back; the connection is failed with ${codes.join(' or ')}, or TCP ends`
  const close: CloseExpectation = { by: 'target', codes, clean: false, wrongEndIsFatal: true }
  return withAgreement({ id: `D.2.${number}`, chapter: WRONG, title, expectation }, (round) => {
    round.expect({ OK: [], close })
    send(round)
    round.failAfter(1000)
  })
}

/** Sends the payload of one compressed message in frames of one byte. */
function inBytes(round: Round, payload: Buffer, between?: (index: number) => void): void {
  for (let index = 0; index < payload.length; index += 1) {
    const options: FrameOptions = {
      payload: payload.subarray(index, index + 1),
      fin: index === payload.length - 1,
    }
    if (index === 0) round.peer.sendFrame(Opcode.text, { ...options, rsv: RSV1 })
    else round.peer.sendFrame(Opcode.continuation, options)
    between?.(index)
  }
}

function rightCases(): FrameCase[] {
  const frame =
    (payload: Buffer, opcode: number = Opcode.text) =>
    ({ peer }: Round) =>
      peer.sendFrame(opcode, { payload, rsv: RSV1 })
  const final = Buffer.concat([deflateRawSync(HELLO), Buffer.from([0])])
  const twoBlocks = Buffer.concat([
    deflateRawSync(HELLO, { finishFlush: constants.Z_SYNC_FLUSH }),
    compressed(HELLO),
  ])
  const bomb = Buffer.alloc(BOMB_BYTES)
  return [
    taken(1, 'text that is not compressed', [text(HELLO)], ({ peer }) =>
      peer.sendFrame(Opcode.text, { payload: HELLO }),
    ),
    taken(2, 'empty text, compressed', [text('')], frame(Buffer.from([0]))),
    taken(3, 'text in one final block (RFC 7692 section 7.2.3.4)', [text(HELLO)], frame(final)),
    taken(4, 'text in a block that is stored (section 7.2.3.3)', [text(HELLO)], frame(compressed(HELLO, 0))),
    taken(5, 'text in two blocks (section 7.2.3.5)', [text(Buffer.concat([HELLO, HELLO]))], frame(twoBlocks)),
    taken(6, 'compressed text in frames of one byte', [text(HELLO)], (round) =>
      inBytes(round, compressed(HELLO)),
    ),
    taken(7, 'compressed text with a ping after its first byte', [pong('between'), text(HELLO)], (round) =>
      inBytes(round, compressed(HELLO), (index) => {
        if (index === 0) round.peer.sendFrame(Opcode.ping, { payload: Buffer.from('between') })
      }),
    ),
    taken(
      8,
      'compressed text, plain text, compressed binary',
      [text(HELLO), text('plain'), binary(HELLO)],
      (round) => {
        frame(compressed(HELLO))(round)
        round.peer.sendFrame(Opcode.text, { payload: Buffer.from('plain') })
        frame(compressed(HELLO), Opcode.binary)(round)
      },
    ),
    taken(9, '16 MiB of zeros in 16 KiB', [binary(bomb)], ({ peer }) =>
      peer.sendFrame(Opcode.binary, { payload: compressed(bomb), rsv: RSV1 }, BOMB_BYTES),
    ),
  ]
}

function wrongCases(): FrameCase[] {
  const [first, second] = [compressed(HELLO).subarray(0, 5), compressed(HELLO).subarray(5)]
  return [
    refused(1, 'reserved bit 1 on a continuation too', [1002], ({ peer }) => {
      peer.sendFrame(Opcode.text, { payload: first, fin: false, rsv: RSV1 })
      peer.sendFrame(Opcode.continuation, { payload: second, rsv: RSV1 })
    }),
    refused(2, 'reserved bit 1 on a continuation of text that is not compressed', [1002], ({ peer }) => {
      peer.sendFrame(Opcode.text, { payload: HELLO, fin: false })
      peer.sendFrame(Opcode.continuation, { payload: second, rsv: RSV1 })
    }),
    refused(3, 'reserved bit 1 on a ping', [1002], ({ peer }) =>
      peer.sendFrame(Opcode.ping, { payload: compressed(HELLO), rsv: RSV1 }),
    ),
    refused(4, 'reserved bit 1 on a close', [1002], ({ peer }) =>
      peer.sendFrame(Opcode.close, { payload: Buffer.from([3, 0xe8]), rsv: RSV1 }),
    ),
    refused(5, 'reserved bit 2 on compressed text', [1002], ({ peer }) =>
      peer.sendFrame(Opcode.text, { payload: compressed(HELLO), rsv: 6 }),
    ),
    refused(6, 'bytes that are no deflate stream', [1007, 1002], ({ peer }) =>
      peer.sendFrame(Opcode.binary, { payload: Buffer.alloc(20, 0xff), rsv: RSV1 }),
    ),
    refused(7, 'compressed text that is not UTF-8', [1007], ({ peer }) =>
      peer.sendFrame(Opcode.text, { payload: compressed(Buffer.from('c0af', 'hex')), rsv: RSV1 }),
    ),
    refused(8, 'a distance beyond all that was sent', [1007, 1002], ({ peer }) =>
      // One fixed-Huffman block: a literal, then a match of length 3 at a distance of 24 577.
      peer.sendFrame(Opcode.binary, { payload: Buffer.from('4a045e000000', 'hex'), rsv: RSV1 }),
    ),
  ]
}

/** Chapter D: permessage-deflate frame by frame (RFC 7692 sections 6 and 7.2). */
export function compressedFrameCases(): FrameCase[] {
  return [...rightCases(), ...wrongCases()]
}
