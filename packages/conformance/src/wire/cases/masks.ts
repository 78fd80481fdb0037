import { Opcode } from '../frame.js'
import { binary, text } from '../round.js'
import type { FrameCase } from '../wire-case.js'
import { echoCase } from './echo-case.js'
import { refusal, type Shot } from './refusals.js'

const WRONG = 'M.1 Masking as it must not be'
const RIGHT = 'M.2 Masking as it may be'
const HELLO = Buffer.from('Hello, world!')

/** Chapter M: what a client sends is masked, what a server sends is not (RFC 6455 section 5.1). */
export function maskCases(): FrameCase[] {
  const wrong = (number: number, title: string, shots: readonly Shot[]): FrameCase =>
    refusal({ id: `M.1.${number}`, chapter: WRONG, title }, shots)
  const unmasked = { maskingKey: 'wrong' } as const
  const keys = ['00000000', 'ffffffff', '00000001', '80808080'].map((hex) => Buffer.from(hex, 'hex'))
  return [
    wrong(1, 'text that is not masked', [[Opcode.text, { payload: HELLO, ...unmasked }]]),
    wrong(2, 'empty text that is not masked', [[Opcode.text, unmasked]]),
    wrong(3, 'binary that is not masked', [[Opcode.binary, { payload: HELLO, ...unmasked }]]),
    wrong(4, 'ping that is not masked', [[Opcode.ping, { payload: HELLO, ...unmasked }]]),
    wrong(5, 'close that is not masked', [[Opcode.close, { payload: Buffer.from([3, 0xe8]), ...unmasked }]]),
    wrong(6, 'text in two fragments, the second not masked', [
      [Opcode.text, { payload: HELLO, fin: false }],
      [Opcode.continuation, { payload: HELLO, ...unmasked }],
    ]),
    ...keys.map((maskingKey, index) =>
      echoCase(
        {
          id: `M.2.${index + 1}`,
          chapter: RIGHT,
          title: `text and binary masked with 0x${maskingKey.toString('hex')}`,
        },
        'both come back',
        (round) => {
          const payload = round.random.bytes(61)
          round.peer.sendFrame(Opcode.text, { payload: HELLO, maskingKey })
          round.peer.sendFrame(Opcode.binary, { payload, maskingKey })
          return [text(HELLO), binary(payload)]
        },
      ),
    ),
  ]
}
