import { encodeFrame, Opcode } from '../frame.js'
import { binary, CLEAN_CLOSE, judgeClose, pong, type Round, type RoundEvent, text } from '../round.js'
import type { FrameCase, Outcome } from '../wire-case.js'

interface Head {
  readonly id: string
  readonly chapter: string
  readonly title: string
}

/** A case whose events must come back exactly, with a clean close after them. */
export function echoCase(
  head: Head,
  expectation: string,
  begin: (round: Round) => readonly RoundEvent[],
): FrameCase {
  return {
    kind: 'frames',
    ...head,
    expectation: `${expectation}; clean close`,
    play(round) {
      const events: RoundEvent[] = []
      round.expect({ OK: events, close: CLEAN_CLOSE })
      events.push(...begin(round))
      round.closeAfter(5000)
    },
  }
}

const SIZES = [1, 2, 3, 4, 5, 16, 124, 125, 126, 127, 1024, 65_534, 65_535, 65_536, 65_537, 131_071, 131_072]

function sizes(): FrameCase[] {
  const chapter = 'L.1 Lengths as short as they can be'
  const one = (bytes: number, index: number): FrameCase =>
    echoCase(
      { id: `L.1.${index + 1}`, chapter, title: `${bytes} random bytes` },
      'the same bytes come back',
      (round) => {
        const payload = round.random.bytes(bytes)
        round.peer.sendFrame(Opcode.binary, { payload })
        return [binary(payload)]
      },
    )
  const all = echoCase(
    {
      id: `L.1.${SIZES.length + 1}`,
      chapter,
      title: 'every length from 0 to 300, one message each, back to back',
    },
    'every message comes back, in order',
    (round) =>
      Array.from({ length: 301 }, (_, length) => {
        const payload = round.random.bytes(length)
        round.peer.sendFrame(Opcode.binary, { payload })
        return binary(payload)
      }),
  )
  return [...SIZES.map(one), all]
}

function judgeLongForm(round: Round, event: RoundEvent, isTolerated: boolean): Outcome {
  const [first, ...more] = round.received
  const came = first !== undefined
  if (!came && !round.peer.closedByUs) {
    const { closeVerdict, closeNote } = judgeClose(round.peer, { by: 'target', codes: [1002], clean: false })
    return { verdict: 'OK', closeVerdict, ...(closeNote === undefined ? {} : { closeNote }) }
  }
  const isEcho =
    came && more.length === 0 && first.kind === event.kind && JSON.stringify(first) === JSON.stringify(event)
  if (isEcho && isTolerated) {
    const note = 'a length that could have been written shorter was accepted (RFC 6455 section 5.2)'
    return { verdict: 'NON-STRICT', closeVerdict: 'OK', note }
  }
  const note = isEcho
    ? 'the frame was accepted'
    : came
      ? 'what came back is not what was sent'
      : 'nothing happened'
  return { verdict: 'FAILED', closeVerdict: 'FAILED', note }
}

function longForms(): FrameCase[] {
  const chapter = 'L.2 Lengths not as short as they can be'
  const one = (number: number, opcode: number, bytes: number, lengthBytes: 2 | 8): FrameCase => {
    const isControl = opcode === Opcode.ping
    const what = isControl ? 'ping' : opcode === Opcode.text ? 'text' : 'binary'
    return {
      kind: 'frames',
      id: `L.2.${number}`,
      chapter,
      title: `${what} of ${bytes} bytes with a length of ${lengthBytes * 8} bits`,
      expectation: `failed with 1002, or TCP ends${isControl ? '' : '; not strict when it is taken as it is meant'}`,
      play(round) {
        const payload = Buffer.alloc(bytes, 'l')
        const event = isControl ? pong(payload) : opcode === Opcode.text ? text(payload) : binary(payload)
        round.judge = (ended) => judgeLongForm(ended, event, !isControl)
        round.peer.sendFrame(opcode, { payload, lengthBytes })
        round.expect({ OK: [event], close: CLEAN_CLOSE })
        round.closeAfter(1000)
      },
    }
  }
  return [
    one(1, Opcode.text, 0, 2),
    one(2, Opcode.text, 5, 2),
    one(3, Opcode.binary, 125, 2),
    one(4, Opcode.text, 5, 8),
    one(5, Opcode.binary, 126, 8),
    one(6, Opcode.binary, 65_535, 8),
    one(7, Opcode.ping, 5, 2),
    one(8, Opcode.ping, 5, 8),
  ]
}

const HUGE: readonly (readonly [string, bigint])[] = [
  ['2^31 - 1', 2n ** 31n - 1n],
  ['2^31', 2n ** 31n],
  ['2^32 - 1', 2n ** 32n - 1n],
  ['2^32', 2n ** 32n],
  ['2^53 - 1', 2n ** 53n - 1n],
  ['2^53', 2n ** 53n],
  ['2^63 - 1', 2n ** 63n - 1n],
  ['2^63', 2n ** 63n],
  ['2^64 - 1', 2n ** 64n - 1n],
]
const TOP_BIT = 2n ** 63n

function judgeHuge(round: Round, announced: bigint): Outcome {
  const { peer, received } = round
  const { maxMessageBytes } = round.limits.declared
  if (received.length > 0) return { verdict: 'FAILED', closeVerdict: 'FAILED', note: 'something came back' }
  if (!peer.droppedByUs || peer.closeFrames > 0) {
    const codes = announced >= TOP_BIT ? [1002, 1009] : [1009, 1008, 1002]
    const { closeVerdict, closeNote } = judgeClose(peer, { by: 'target', codes, clean: false })
    return { verdict: 'OK', closeVerdict, ...(closeNote === undefined ? {} : { closeNote }) }
  }
  const note = 'the target waits for the rest'
  if (announced >= TOP_BIT) {
    return { verdict: 'FAILED', closeVerdict: 'FAILED', note: `${note}, though the highest bit must be 0` }
  }
  if (maxMessageBytes !== undefined) {
    return {
      verdict: 'FAILED',
      closeVerdict: 'FAILED',
      note: `${note}, beyond the declared ${maxMessageBytes} bytes`,
    }
  }
  return { verdict: 'INFORMATIONAL', closeVerdict: 'INFORMATIONAL', note }
}

function huge(): FrameCase[] {
  return HUGE.map(([name, announced], index) => ({
    kind: 'frames',
    id: `L.3.${index + 1}`,
    chapter: 'L.3 Lengths beyond all bounds',
    title: `binary that announces ${name} bytes and brings 16 KiB of them`,
    expectation:
      announced >= TOP_BIT
        ? 'failed with 1002 or 1009, or TCP ends; the target still serves others'
        : 'failed with 1009, or waited for when there is no limit; the target still serves others',
    mustSurvive: true,
    play(round) {
      round.judge = (ended) => judgeHuge(ended, announced)
      round.peer.sendFrame(Opcode.binary, { payload: Buffer.alloc(16_384), announcedLength: announced })
      round.peer.later(1000, () => round.peer.drop())
    },
  }))
}

function between(): FrameCase[] {
  const chapter = 'L.4 Control frames between fragments'
  const parts = ['one ', 'two ', 'three ', 'four'].map((part) => Buffer.from(part))
  const head = (number: number, title: string): Head => ({ id: `L.4.${number}`, chapter, title })
  const fragments = (round: Round, gap: (index: number) => void): void => {
    for (const [index, payload] of parts.entries()) {
      round.peer.sendFrame(index === 0 ? Opcode.text : Opcode.continuation, { payload, fin: index === 3 })
      if (index < 3) gap(index)
    }
  }
  const whole = text('one two three four')
  return [
    echoCase(head(1, 'a ping in every gap'), 'a pong for each, then the message', (round) => {
      fragments(round, (index) => round.peer.sendFrame(Opcode.ping, { payload: Buffer.from(`gap ${index}`) }))
      return [pong('gap 0'), pong('gap 1'), pong('gap 2'), whole]
    }),
    echoCase(head(2, 'a pong that nobody asked for in every gap'), 'the message', (round) => {
      fragments(round, () => round.peer.sendFrame(Opcode.pong, { payload: Buffer.from('unasked') }))
      return [whole]
    }),
    echoCase(head(3, 'an empty fragment in every gap'), 'the message', (round) => {
      fragments(round, () => round.peer.sendFrame(Opcode.continuation, { fin: false }))
      return [whole]
    }),
    echoCase(
      head(4, 'a ping with 125 bytes in every gap, written 7 bytes at a time'),
      'pongs, then the message',
      (round) => {
        const payload = Buffer.alloc(125, 'p')
        fragments(round, () => round.peer.sendFrame(Opcode.ping, { payload, chopBytes: 7 }))
        return [pong(payload), pong(payload), pong(payload), whole]
      },
    ),
    echoCase(head(5, 'a message in 200 fragments of one byte'), 'the message', (round) => {
      const payload = Buffer.alloc(200, 'x')
      void round.peer.sendMessage(payload, false, 1)
      return [text(payload)]
    }),
    echoCase(
      head(6, 'text in fragments, then binary in fragments'),
      'both messages, each of its type',
      (round) => {
        fragments(round, () => {})
        void round.peer.sendMessage(Buffer.from([1, 2, 3, 4]), true, 3)
        return [whole, binary(Buffer.from([1, 2, 3, 4]))]
      },
    ),
  ]
}

function pipelined(): FrameCase[] {
  const chapter = 'L.5 Frames behind the handshake, in the same write'
  const one = (
    number: number,
    title: string,
    frames: readonly { opcode: number; payload: Buffer }[],
    events: readonly RoundEvent[],
  ): FrameCase => ({
    ...echoCase(
      { id: `L.5.${number}`, chapter, title },
      'everything comes back once, in order',
      () => events,
    ),
    early: (random, isMasked) =>
      Buffer.concat(
        frames.map((frame) => encodeFrame({ ...frame, maskingKey: isMasked ? random.bytes(4) : undefined })),
      ),
  })
  const early = Buffer.from('early')
  const large = Buffer.alloc(20_000, 0x5a)
  const many = Array.from({ length: 50 }, (_, index) => Buffer.from(`early ${index}`))
  return [
    one(1, 'one text', [{ opcode: Opcode.text, payload: early }], [text(early)]),
    one(2, 'one ping', [{ opcode: Opcode.ping, payload: early }], [pong(early)]),
    one(3, 'binary of 20 000 bytes', [{ opcode: Opcode.binary, payload: large }], [binary(large)]),
    one(
      4,
      '50 texts',
      many.map((payload) => ({ opcode: Opcode.text, payload })),
      many.map((payload) => text(payload)),
    ),
  ]
}

function slow(): FrameCase[] {
  const chapter = 'L.6 Slow writers'
  const head = (number: number, title: string): Head => ({ id: `L.6.${number}`, chapter, title })
  const hello = Buffer.from('slowly, slowly')
  return [
    {
      ...echoCase(head(1, 'the request one byte at a time, then text'), 'the text comes back', (round) => {
        round.peer.sendFrame(Opcode.text, { payload: hello })
        return [text(hello)]
      }),
      requestChopBytes: 1,
    },
    echoCase(head(2, 'text, ping and binary one byte at a time'), 'all come back, in order', (round) => {
      round.peer.sendFrame(Opcode.text, { payload: hello, chopBytes: 1 })
      round.peer.sendFrame(Opcode.ping, { payload: hello, chopBytes: 1 })
      round.peer.sendFrame(Opcode.binary, { payload: hello, chopBytes: 1 })
      return [text(hello), pong(hello), binary(hello)]
    }),
    echoCase(head(3, 'a 64-bit length one byte at a time'), 'the bytes come back', (round) => {
      const payload = Buffer.alloc(70_000, 7)
      const frame = encodeFrame({
        opcode: Opcode.binary,
        payload,
        maskingKey: round.peer.role === 'client' ? round.random.bytes(4) : undefined,
      })
      round.peer.sendBytes(frame.subarray(0, 20), { chopBytes: 1 })
      round.peer.sendBytes(frame.subarray(20))
      return [binary(payload)]
    }),
    echoCase(head(4, 'text of 100 bytes, one write every 10 ms'), 'the text comes back', (round) => {
      const payload = Buffer.alloc(100, 't')
      const frame = encodeFrame({
        opcode: Opcode.text,
        payload,
        maskingKey: round.peer.role === 'client' ? round.random.bytes(4) : undefined,
      })
      for (let at = 0; at < frame.length; at += 10) {
        round.peer.later(at, () => round.peer.sendBytes(frame.subarray(at, at + 10)))
      }
      return [text(payload)]
    }),
    echoCase(head(5, '1000 messages of 100 bytes in one write'), 'all come back, in order', (round) => {
      round.peer.transcript.mute(true)
      return Array.from({ length: 1000 }, () => {
        const payload = round.random.bytes(100)
        round.peer.sendFrame(Opcode.binary, { payload })
        return binary(payload)
      })
    }),
  ]
}

/** Chapter L: how lengths are written, and how bytes reach the target. */
export function lengthCases(): FrameCase[] {
  return [...sizes(), ...longForms(), ...huge(), ...between(), ...pipelined(), ...slow()]
}
