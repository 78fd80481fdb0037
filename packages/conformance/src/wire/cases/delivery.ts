import { encodeFrame, Opcode } from '../frame.js'
import { binary, pong, type Round, type RoundEvent, text } from '../round.js'
import type { FrameCase } from '../wire-case.js'
import { type EchoHead, echoCase } from './echo-case.js'

function between(): FrameCase[] {
  const chapter = 'L.4 Control frames between fragments'
  const parts = ['one ', 'two ', 'three ', 'four'].map((part) => Buffer.from(part))
  const head = (number: number, title: string): EchoHead => ({ id: `L.4.${number}`, chapter, title })
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
      round.peer.sendMessage(payload, false, 1)
      return [text(payload)]
    }),
    echoCase(
      head(6, 'text in fragments, then binary in fragments'),
      'both messages, each of its type',
      (round) => {
        fragments(round, () => {})
        round.peer.sendMessage(Buffer.from([1, 2, 3, 4]), true, 3)
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
  const head = (number: number, title: string): EchoHead => ({ id: `L.6.${number}`, chapter, title })
  const hello = Buffer.from('slowly, slowly')
  return [
    {
      ...echoCase(head(1, 'the request one byte at a time, then text'), 'the text comes back', (round) => {
        round.peer.sendFrame(Opcode.text, { payload: hello })
        return [text(hello)]
      }),
      requestChopBytes: 1,
    },
    echoCase(head(2, 'text and binary one byte at a time'), 'both come back, in order', (round) => {
      round.peer.sendFrame(Opcode.text, { payload: hello, chopBytes: 1 })
      round.peer.sendFrame(Opcode.binary, { payload: hello, chopBytes: 1 })
      return [text(hello), binary(hello)]
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
      const writeOn = (at: number): void => {
        round.peer.sendBytes(frame.subarray(at, at + 10))
        if (at + 10 < frame.length) round.peer.later(10, () => writeOn(at + 10))
      }
      writeOn(0)
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
    echoCase(head(6, 'pings one byte at a time'), 'a pong for each', (round) => {
      const payloads = ['', 'slowly', 'slowly, slowly'].map((payload) => Buffer.from(payload))
      for (const payload of payloads) round.peer.sendFrame(Opcode.ping, { payload, chopBytes: 1 })
      return payloads.map((payload) => pong(payload))
    }),
  ]
}

/** Sections L.4 to L.6: in which order and in which pieces bytes reach the target. */
export function deliveryCases(): FrameCase[] {
  return [...between(), ...pipelined(), ...slow()]
}
