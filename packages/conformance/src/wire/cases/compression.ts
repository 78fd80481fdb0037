import type { DeflateOffer } from '../deflate.js'
import { CLEAN_CLOSE, type Round } from '../round.js'
import type { FrameCase } from '../wire-case.js'
import { payloadSample, type SampleKind } from './payload-samples.js'

const MESSAGES = 1000

/** Length of a message, the time for all of them, and the size of the fragments. */
const SIZES: readonly (readonly [length: number, waitMs: number, fragmentBytes?: number])[] = [
  [16, 60_000],
  [64, 60_000],
  [256, 120_000],
  [1024, 240_000],
  [4096, 480_000],
  [8192, 480_000],
  [16_384, 480_000],
  [32_768, 480_000],
  [65_536, 480_000],
  [131_072, 480_000],
  [8192, 480_000, 256],
  [16_384, 480_000, 256],
  [32_768, 480_000, 256],
  [65_536, 480_000, 256],
  [131_072, 480_000, 256],
  [131_072, 480_000, 1024],
  [131_072, 480_000, 4096],
  [131_072, 480_000, 32_768],
]

function playCompressed(
  round: Round,
  kind: SampleKind,
  length: number,
  waitMs: number,
  fragmentBytes: number | undefined,
): void {
  round.expect({ close: CLEAN_CLOSE })
  if (!round.peer.isCompressed) {
    round.verdict = 'UNIMPLEMENTED'
    round.note = 'permessage-deflate was not agreed on'
    round.closeNormally()
    return
  }
  const sample = payloadSample(kind, round.seed)
  let from = 0
  let sent = 0
  let expected: Buffer = Buffer.alloc(0)
  const send = (): void => {
    expected = sample.cut(from, length)
    from = (from + length) % sample.length
    sent += 1
    const label = `${kind} ${round.seed}: ${sent} of ${length}`
    round.peer.sendMessage(expected, sample.isBinary, fragmentBytes, label)
  }
  const finish = (): void => {
    round.peer.transcript.mute(false)
    round.closeNormally()
  }
  round.note = 'not all messages came back in time'
  round.peer.transcript.mute(true)
  round.onMessage = (echo, isBinary) => {
    if (isBinary !== sample.isBinary || !echo.equals(expected)) {
      round.note = `echo ${sent} differs from what was sent: ${isBinary ? 'binary' : 'text'} of ${echo.length} bytes`
      finish()
    } else if (sent < MESSAGES) send()
    else {
      round.verdict = 'OK'
      finish()
    }
  }
  round.closeAfter(waitMs)
  send()
}

function section(
  number: string,
  chapter: string,
  kind: SampleKind,
  offers: readonly DeflateOffer[],
): FrameCase[] {
  return SIZES.map(([length, waitMs, fragmentBytes], index) => ({
    kind: 'frames',
    id: `${number}.${index + 1}`,
    chapter: `${number} ${chapter}`,
    title: `${MESSAGES} compressed messages of ${length}${fragmentBytes === undefined ? '' : `, in fragments of ${fragmentBytes} bytes`}`,
    expectation: `every echo is what was sent, all within ${waitMs / 1000} s; unimplemented when not agreed on`,
    offers,
    costBytes: MESSAGES * length,
    play: (round) => playCompressed(round, kind, length, waitMs, fragmentBytes),
  }))
}

const KINDS: readonly (readonly [SampleKind, string])[] = [
  ['json', 'JSON'],
  ['bitmap', 'a bitmap'],
  ['prose', 'prose as binary'],
  ['html', 'HTML'],
  ['document', 'a document that is compressed already'],
]

const OFFERS: readonly (readonly [string, readonly DeflateOffer[]])[] = [
  ['no parameter for the server', [{}]],
  ['server_no_context_takeover', [{ serverNoContextTakeover: true }]],
  ['server_max_window_bits=9', [{ serverMaxWindowBits: 9 }]],
  ['server_max_window_bits=15', [{ serverMaxWindowBits: 15 }]],
  [
    'server_no_context_takeover, server_max_window_bits=9',
    [{ serverNoContextTakeover: true, serverMaxWindowBits: 9 }],
  ],
  [
    'server_no_context_takeover, server_max_window_bits=15',
    [{ serverNoContextTakeover: true, serverMaxWindowBits: 15 }],
  ],
  [
    'three offers to choose from',
    [{ serverNoContextTakeover: true, serverMaxWindowBits: 9 }, { serverNoContextTakeover: true }, {}],
  ],
]

/** Chapters 12 and 13: permessage-deflate with every kind of data, and with every combination of parameters. */
export function compressionCases(): FrameCase[] {
  return [
    ...KINDS.flatMap(([kind, what], index) =>
      section(`12.${index + 1}`, `Compression of ${what}`, kind, [{}]),
    ),
    ...OFFERS.flatMap(([what, offers], index) =>
      section(`13.${index + 1}`, `Compression with ${what}`, 'json', offers),
    ),
  ]
}
