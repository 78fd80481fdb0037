import { Opcode } from '../frame.js'
import { CLEAN_CLOSE, PROTOCOL_ERROR, pong, type Round } from '../round.js'
import type { FrameCase } from '../wire-case.js'

const CHAPTER = '2 Pings and pongs'
const BINARY = Buffer.from('00fffefdfcfb00ff', 'hex')

function answered(id: string, title: string, payload: Buffer, waitMs = 1000, chopBytes?: number): FrameCase {
  return {
    kind: 'frames',
    id,
    chapter: CHAPTER,
    title,
    expectation: 'a pong with the same payload; clean close',
    play(round) {
      round.expect({ OK: [pong(payload)], close: CLEAN_CLOSE })
      round.peer.sendFrame(Opcode.ping, { payload, chopBytes })
      round.closeAfter(waitMs)
    },
  }
}

function ignored(id: string, title: string, payload: Buffer): FrameCase {
  return {
    kind: 'frames',
    id,
    chapter: CHAPTER,
    title,
    expectation: 'nothing comes back; clean close',
    play(round) {
      round.expect({ OK: [], close: CLEAN_CLOSE })
      round.peer.sendFrame(Opcode.pong, { payload })
      round.closeNormally()
      round.closeAfter(1000)
    },
  }
}

function ten(id: string, chopBytes?: number): FrameCase {
  const how = chopBytes === undefined ? '' : ', written one byte at a time'
  return {
    kind: 'frames',
    id,
    chapter: CHAPTER,
    title: `ten pings with a payload each${how}`,
    expectation: 'ten pongs in order, though RFC 6455 asks for the latest only; clean close',
    play(round: Round) {
      const payloads = Array.from({ length: 10 }, (_, index) => Buffer.from(`payload-${index}`))
      round.expect({ OK: payloads.map((payload) => pong(payload)), close: CLEAN_CLOSE })
      for (const payload of payloads) round.peer.sendFrame(Opcode.ping, { payload, chopBytes })
      round.closeAfter(3000)
    },
  }
}

/** Chapter 2: pings are answered, pongs are not. */
export function pingCases(): FrameCase[] {
  return [
    answered('2.1', 'ping without a payload', Buffer.alloc(0)),
    answered('2.2', 'ping with a text payload', Buffer.from('Hello, world!')),
    answered('2.3', 'ping with a payload that is not UTF-8', BINARY),
    answered('2.4', 'ping with 125 bytes', Buffer.alloc(125, 0xfe)),
    {
      kind: 'frames',
      id: '2.5',
      chapter: CHAPTER,
      title: 'ping with 126 bytes, one more than a control frame may have',
      expectation: 'the connection is failed with 1002, or TCP ends',
      play(round) {
        round.expect({ OK: [], close: PROTOCOL_ERROR })
        round.peer.sendFrame(Opcode.ping, { payload: Buffer.alloc(126, 0xfe) })
        round.failAfter(1000)
      },
    },
    answered('2.6', 'ping with 125 bytes, written one byte at a time', Buffer.alloc(125, 0xfe), 2000, 1),
    ignored('2.7', 'pong without a payload that nobody asked for', Buffer.alloc(0)),
    ignored('2.8', 'pong with a payload that nobody asked for', Buffer.from('unsolicited pong payload')),
    {
      kind: 'frames',
      id: '2.9',
      chapter: CHAPTER,
      title: 'pong that nobody asked for, then a ping',
      expectation: 'one pong, for the ping; clean close',
      play(round) {
        round.expect({ OK: [pong('ping payload')], close: CLEAN_CLOSE })
        round.peer.sendFrame(Opcode.pong, { payload: Buffer.from('unsolicited pong payload') })
        round.peer.sendFrame(Opcode.ping, { payload: Buffer.from('ping payload') })
        round.closeAfter(1000)
      },
    },
    ten('2.10'),
    ten('2.11', 1),
  ]
}
