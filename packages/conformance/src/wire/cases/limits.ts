import { Opcode } from '../frame.js'
import { CLEAN_CLOSE, type Round } from '../round.js'
import type { FrameCase } from '../wire-case.js'
import { repeated } from './closing.js'

const KIB = 1024
const MIB = 1024 * 1024
const TEXT = Buffer.from('BAsd7&jh23')
const BINARY = Buffer.from('00fe23faf0', 'hex')

/** Expects one message of a type and length, then closes; the content is not compared. */
function awaitLength(round: Round, isBinary: boolean, length: number, waitMs: number): void {
  const what = isBinary ? 'binary' : 'text'
  round.expect({ close: CLEAN_CLOSE })
  round.note = 'no message came in time'
  round.peer.transcript.mute(true)
  round.onMessage = (payload, gotBinary) => {
    if (gotBinary !== isBinary) round.note = `expected a ${what} message, got the other type`
    else if (payload.length !== length) round.note = `expected ${length} bytes, got ${payload.length}`
    else round.verdict = 'OK'
    round.peer.transcript.mute(false)
    round.closeNormally()
  }
  round.closeAfter(waitMs)
}

function name(bytes: number): string {
  if (bytes >= MIB) return `${bytes / MIB} MiB`
  return bytes >= KIB ? `${bytes / KIB} KiB` : `${bytes} B`
}

function single(section: string, index: number, isBinary: boolean, bytes: number, waitMs: number): FrameCase {
  const what = isBinary ? 'binary' : 'text'
  return {
    kind: 'frames',
    id: `${section}.${index + 1}`,
    chapter: `${section} Limits: ${what} in one frame, growing`,
    title: `${what} message of ${name(bytes)} in one frame`,
    expectation: `${what} of the same length comes back within ${waitMs / 1000} s; clean close`,
    play(round) {
      const payload = repeated(isBinary ? BINARY : TEXT, bytes)
      awaitLength(round, isBinary, bytes, waitMs)
      round.peer.sendFrame(isBinary ? Opcode.binary : Opcode.text, { payload })
    },
  }
}

function fragmented(section: string, index: number, isBinary: boolean, fragmentBytes: number): FrameCase {
  const what = isBinary ? 'binary' : 'text'
  return {
    kind: 'frames',
    id: `${section}.${index + 1}`,
    chapter: `${section} Limits: ${what} of 4 MiB in fragments, growing`,
    title: `${what} message of 4 MiB in fragments of ${name(fragmentBytes)}`,
    expectation: `${what} of the same length comes back within 100 s; clean close`,
    play(round) {
      const payload = Buffer.alloc(4 * MIB, isBinary && index === 0 ? 0xfe : '*')
      awaitLength(round, isBinary, payload.length, 100_000)
      round.peer.sendMessage(payload, isBinary, fragmentBytes)
    },
  }
}

function chopped(section: string, index: number, isBinary: boolean, chopBytes: number): FrameCase {
  const what = isBinary ? 'binary' : 'text'
  return {
    kind: 'frames',
    id: `${section}.${index + 1}`,
    chapter: `${section} Limits: ${what} of 1 MiB, growing writes`,
    title: `${what} message of 1 MiB in one frame, written ${chopBytes} bytes at a time`,
    expectation: `${what} of the same length comes back within 1000 s; clean close`,
    play(round) {
      const payload = repeated(isBinary ? BINARY : TEXT, MIB)
      awaitLength(round, isBinary, MIB, 1_000_000)
      round.peer.sendFrame(isBinary ? Opcode.binary : Opcode.text, { payload, chopBytes })
    },
  }
}

const MESSAGES = 1000

function roundTrips(
  section: string,
  index: number,
  isBinary: boolean,
  bytes: number,
  waitMs: number,
): FrameCase {
  const what = isBinary ? 'binary' : 'text'
  return {
    kind: 'frames',
    id: `${section}.${index + 1}`,
    chapter: `${section} Limits: ${what}, one message after the other`,
    title: `${MESSAGES} ${what} messages of ${bytes} bytes, each after the echo of the one before`,
    expectation: `every echo has the type and length of what was sent, all within ${waitMs / 1000} s; clean close`,
    play(round) {
      const payload = Buffer.alloc(bytes, isBinary ? 0xfe : '*')
      let sent = 0
      const send = (): void => {
        sent += 1
        round.peer.sendFrame(isBinary ? Opcode.binary : Opcode.text, { payload })
      }
      const finish = (): void => {
        round.peer.transcript.mute(false)
        round.closeNormally()
      }
      round.expect({ close: CLEAN_CLOSE })
      round.note = 'not all messages came back in time'
      round.peer.transcript.mute(true)
      round.onMessage = (echo, gotBinary) => {
        if (gotBinary !== isBinary || echo.length !== bytes) {
          round.note = `an echo differs in type or length: ${gotBinary ? 'binary' : 'text'} of ${echo.length} bytes`
          finish()
        } else if (sent < MESSAGES) send()
        else {
          round.verdict = 'OK'
          finish()
        }
      }
      round.closeAfter(waitMs)
      send()
    },
  }
}

const SINGLE_SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB]
const TEXT_WAITS = [10_000, 10_000, 100_000, 100_000, 100_000, 100_000]
const BINARY_WAITS = [10_000, 10_000, 10_000, 10_000, 100_000, 100_000]
const FRAGMENT_SIZES = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB]
const CHOP_SIZES = [64, 128, 256, 512, 1024, 2048]
const TRIPS = [
  [0, 60_000],
  [16, 60_000],
  [64, 60_000],
  [256, 120_000],
  [1024, 240_000],
  [4096, 480_000],
] as const

/** Chapter 9: large messages, many fragments, small writes, many messages. */
export function limitCases(): FrameCase[] {
  return [
    ...SINGLE_SIZES.map((bytes, index) => single('9.1', index, false, bytes, TEXT_WAITS[index] as number)),
    ...SINGLE_SIZES.map((bytes, index) => single('9.2', index, true, bytes, BINARY_WAITS[index] as number)),
    ...FRAGMENT_SIZES.map((bytes, index) => fragmented('9.3', index, false, bytes)),
    ...FRAGMENT_SIZES.map((bytes, index) => fragmented('9.4', index, true, bytes)),
    ...CHOP_SIZES.map((bytes, index) => chopped('9.5', index, false, bytes)),
    ...CHOP_SIZES.map((bytes, index) => chopped('9.6', index, true, bytes)),
    ...TRIPS.map(([bytes, waitMs], index) => roundTrips('9.7', index, false, bytes, waitMs)),
    ...TRIPS.map(([bytes, waitMs], index) => roundTrips('9.8', index, true, bytes, waitMs)),
  ]
}
