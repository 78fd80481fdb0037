import { Opcode } from '../frame.js'
import { binary, CLEAN_CLOSE, text } from '../round.js'
import type { FrameCase } from '../wire-case.js'

const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536]
const CHOP_BYTES = 997

function echo(id: string, isBinary: boolean, size: number, chopBytes?: number): FrameCase {
  const what = isBinary ? 'binary' : 'text'
  return {
    kind: 'frames',
    id,
    chapter: isBinary ? '1.2 Framing: binary messages' : '1.1 Framing: text messages',
    title: `${what} message of ${size} bytes in one frame${chopBytes === undefined ? '' : `, written ${chopBytes} bytes at a time`}`,
    expectation: `the same ${what} message comes back; clean close`,
    play(round) {
      const payload = Buffer.alloc(size, isBinary ? 0xfe : '*')
      round.expect({ OK: [isBinary ? binary(payload) : text(payload)], close: CLEAN_CLOSE })
      round.peer.sendFrame(isBinary ? Opcode.binary : Opcode.text, { payload, chopBytes })
      round.failAfter(size > 128 ? 10_000 : 1000)
    },
  }
}

/** Chapter 1: messages in one frame at every length encoding. */
export function framingCases(): FrameCase[] {
  return [false, true].flatMap((isBinary) => {
    const section = isBinary ? '1.2' : '1.1'
    return [
      ...SIZES.map((size, index) => echo(`${section}.${index + 1}`, isBinary, size)),
      echo(`${section}.8`, isBinary, 65_536, CHOP_BYTES),
    ]
  })
}
