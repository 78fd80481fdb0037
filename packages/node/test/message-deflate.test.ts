import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { MessageType } from '@echosession/core'
import { encodeFrame, Opcode } from '@echosession/probe'
import { WebSocketServer } from 'ws'
import { DeflateTerms } from '../dist/deflate-terms.js'
import { LanePort } from '../dist/lane-port.js'
import { createInflate, DEFLATE_OPTIONS } from '../dist/message-deflate.js'
import { replayed } from '../dist/replayed-request.js'
import { quietSink } from './quiet-sink.js'
import { TestSocket } from './test-socket.js'

const MAX_MESSAGE_BYTES = 1_048_576
const TAIL = Buffer.from([0, 0, 255, 255])
const AGREED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  autoPong: false,
  maxPayload: MAX_MESSAGE_BYTES,
  perMessageDeflate: DEFLATE_OPTIONS,
})
let handshakes = 0
server.on('headers', () => void handshakes++)
const handshake = replayed('permessage-deflate')
const settings = { server, handshake, maxMessageBytes: MAX_MESSAGE_BYTES, carried: false }

const sockets: TestSocket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Waits, as long as a thread may take. */
async function until(what: () => boolean): Promise<void> {
  for (let ms = 0; !what() && ms < 20_000; ms++) await pause(1)
  assert.ok(what(), String(what))
}

function squeeze(payload: string | Buffer): Buffer {
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -TAIL.length)
}

/** The frames that the server wrote: their first byte, and their content, inflated where it is compressed. */
function framesOf(socket: TestSocket): [first: number, content: string][] {
  const bytes = Buffer.concat(socket.written)
  const frames: [number, string][] = []
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number
    const short = bytes[at + 1] as number
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    at = start + length
    const payload = bytes.subarray(start, at)
    const whole = () =>
      inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH })
    frames.push([first, `${first & 0x40 ? whole() : payload}`])
  }
  return frames
}

function open(message: (payload: Buffer, type: MessageType) => void = () => {}, carried = false) {
  const socket = new TestSocket()
  sockets.push(socket)
  const inflate = carried ? undefined : createInflate(MAX_MESSAGE_BYTES)
  const port = new LanePort({ ...settings, carried, ...(inflate && { inflate }) }, socket)
  const heard: string[] = []
  let drains = 0
  const sink = {
    ...quietSink((payload, type) => message(Buffer.concat([payload].flat() as Buffer[]), type)),
    ping: (payload: Uint8Array) => void heard.push(`ping ${payload}`),
    pong: (payload: Uint8Array) => void heard.push(`pong ${payload}`),
    error: (_error: unknown, code?: number) => void heard.push(`error ${code}`),
    drain: () => void drains++,
  }
  port.connect(sink, Buffer.alloc(0))
  return { socket, port, heard, drains: () => drains }
}

test('ws is asked once what comes of an offer: it agrees, leaves it, or refuses', () => {
  const terms = new DeflateTerms(server)
  const offers = [
    ['permessage-deflate', AGREED],
    ['permessage-deflate; client_max_window_bits', AGREED],
    ['permessage-deflate; server_max_window_bits=9', `${AGREED}; server_max_window_bits=9`],
    ['x-unknown', ''],
    ['permessage-deflate; server_max_window_bits=7', undefined],
    ['permessage-deflate; =', undefined],
  ] as const
  const sorted = (line: string | undefined) => line?.split('; ').sort()
  for (const [offer, agreed] of offers) assert.deepEqual(sorted(terms.of(offer)), sorted(agreed), offer)
  const before = handshakes
  for (const [offer, agreed] of offers) assert.deepEqual(sorted(terms.of(offer)), sorted(agreed), offer)
  assert.equal(handshakes, before)
  assert.equal(server.listenerCount('headers'), 1)
  for (let index = 0; index < 64; index++) terms.of(`x-${index}`)
  terms.of('permessage-deflate')
  assert.equal(handshakes, before + 65, 'what was known is given up when there is too much of it')
  const long = `permessage-deflate, x-${'a'.repeat(300)}`
  assert.deepEqual([terms.of(long), terms.of(long)], [AGREED, AGREED])
  assert.equal(handshakes, before + 67, 'a long offer is not kept')
})

test('compressed messages are answered in the read that brings them, without a WebSocket of ws', async () => {
  const before = handshakes
  const { socket, port } = open((payload, type) => port.send(payload, type))
  const short = 'ä'.repeat(500)
  const long = 'ä'.repeat(512)
  const frames = [
    encodeFrame(Opcode.text, squeeze(short), { rsv: 4 }),
    encodeFrame(Opcode.binary, squeeze(long), { rsv: 4 }),
    encodeFrame(Opcode.text, squeeze(''), { rsv: 4 }),
    encodeFrame(Opcode.text, long),
  ]
  port.read(Buffer.concat(frames))
  assert.deepEqual(framesOf(socket), [
    [0x81, short],
    [0xc2, long],
    [0x81, ''],
    [0xc1, long],
  ])
  const bytes = Buffer.concat(frames)
  for (let at = 0; at < bytes.length; at += 50) port.read(Buffer.from(bytes.subarray(at, at + 50)))
  assert.deepEqual(framesOf(socket).slice(4), framesOf(socket).slice(0, 4), 'in pieces too')
  assert.equal(handshakes, before)
})

test('a message to many is compressed once', () => {
  const ports = [open().port, open().port]
  const [encoder, other] = ports.map(({ capabilities }) => capabilities.encoder)
  assert.ok(encoder !== undefined && encoder === other)
  assert.equal(encoder('x'.repeat(1_023), 'text').length, 1_027)
  assert.equal(encoder('x'.repeat(1_024), 'text')[0], 0xc1)
  const { socket, port } = open()
  port.sendEncoded(encoder(Buffer.alloc(200_000, 'large'), 'binary'))
  port.flush()
  assert.deepEqual(framesOf(socket), [[0xc2, 'large'.repeat(40_000)]])
})

test('what is large is compressed in a thread: what is sent meanwhile waits behind it, and counts as waiting', async () => {
  const { socket, port, drains } = open()
  port.send('before', 'text')
  const large = 'x'.repeat(65_537)
  port.send(large, 'text')
  assert.ok(port.bufferedBytes >= 65_537, `${port.bufferedBytes} bytes wait`)
  assert.equal(port.capabilities.encoder, undefined, 'frames that are made already could overtake it')
  port.ping(Buffer.from('p'))
  port.send('behind', 'text')
  port.sendPieces([Buffer.alloc(40_000, 'a'), Buffer.alloc(40_000, 'b')], 'binary')
  port.pong(Buffer.from('q'))
  await until(() => framesOf(socket).length === 6)
  assert.deepEqual(framesOf(socket), [
    [0x81, 'before'],
    [0xc1, large],
    [0x89, 'p'],
    [0x81, 'behind'],
    [0xc2, 'a'.repeat(40_000) + 'b'.repeat(40_000)],
    [0x8a, 'q'],
  ])
  await until(() => port.bufferedBytes === 0)
  assert.equal(drains(), 5)
  assert.ok(port.capabilities.encoder !== undefined)
  port.send('y'.repeat(65_536), 'text')
  assert.equal(
    port.bufferedBytes > 0 && port.bufferedBytes < 1_000,
    true,
    'what is not is compressed at once',
  )
  port.close(1000, '')
  port.send('never', 'text')
  await until(() => framesOf(socket).length === 8)
  assert.deepEqual(framesOf(socket).slice(6), [
    [0xc1, 'y'.repeat(65_536)],
    [0x88, '\x03\xe8'.replace('\xe8', '�')],
  ])
})

test('nobody is told that a peer has taken what was given up with the connection', async () => {
  const { port, drains, heard } = open()
  port.send('x'.repeat(1_000_000), 'text')
  port.terminate()
  await pause(100)
  assert.deepEqual([drains(), heard], [0, []])
})

for (const [what, carried] of [
  ['too large to be inflated at once', false],
  ['where all is left to ws', true],
] as const) {
  test(`while ws inflates in a thread nothing more is read, and nothing overtakes it: ${what}`, async () => {
    const order: string[] = []
    const { socket, port, heard } = open((payload) => {
      order.push(`${payload.length}${socket.isPaused() ? '' : ', and reads'}`)
    }, carried)
    const large = encodeFrame(Opcode.binary, squeeze(Buffer.alloc(700_000)), { rsv: 4 })
    const small = encodeFrame(Opcode.text, squeeze('small'), { rsv: 4 })
    const ping = encodeFrame(Opcode.ping, 'between')
    port.resume()
    port.read(Buffer.concat([large, small, ping, encodeFrame(Opcode.text, 'plain'), large]))
    assert.equal(socket.isPaused(), true)
    assert.deepEqual(order, [])
    port.resume()
    assert.equal(socket.isPaused(), true, 'not even if core wants to')
    await turn()
    port.read(encodeFrame(Opcode.text, 'read before'))
    await until(() => order.length === 5)
    assert.deepEqual(order.splice(0), ['700000', '5', '5', '700000', '11, and reads'])
    assert.deepEqual(heard, ['ping between'], 'the mark behind what is inflated is no pong of the peer')
    await until(() => !socket.isPaused())
    port.read(Buffer.from(large))
    port.pause()
    await until(() => order.length === 1)
    await pause(20)
    assert.equal(socket.isPaused(), true, 'core does not want to')
    port.resume()
    assert.equal(socket.isPaused(), false)
  })

  test(`a fault behind what ws inflates is told once, whatever piles up behind it: ${what}`, async () => {
    const { socket, port, heard } = open(undefined, carried)
    const begin = encodeFrame(Opcode.binary, squeeze(Buffer.alloc(700_000)), { rsv: 4, fin: false })
    for (const frame of [begin, encodeFrame(Opcode.close, Buffer.from([3, 231])), encodeFrame(Opcode.ping)]) {
      port.read(Buffer.from(frame))
    }
    await until(() => heard.length > 0)
    assert.deepEqual(heard, ['error 1002'])
    await until(() => !socket.isPaused())
    port.read(encodeFrame(Opcode.ping))
    await pause(20)
    assert.deepEqual(heard, ['error 1002'])
    assert.deepEqual(framesOf(socket), [[0x88, '\x03�']])
  })

  test(`nothing behind a fault is told, and the end of the peer is not missed: ${what}`, async () => {
    const told: string[] = []
    const large = squeeze(Buffer.alloc(700_000))
    const broken = Buffer.alloc(5, 0xff)
    for (const [code, frames] of [
      [1002, [encodeFrame(Opcode.binary, large, { rsv: 4 }), encodeFrame(3)]],
      [
        1007,
        [encodeFrame(Opcode.binary, broken, { rsv: 4 }), encodeFrame(Opcode.text, squeeze('x'), { rsv: 4 })],
      ],
    ] as const) {
      const { socket, heard } = open((_payload, type) => void told.push(type), carried)
      socket.push(Buffer.concat(frames))
      await turn()
      socket.push(encodeFrame(Opcode.text, 'late'))
      await until(() => heard.length > 0)
      assert.deepEqual(heard, [`error ${code}`])
      await until(() => !socket.isPaused())
    }
    assert.deepEqual(told, ['binary'])
  })
}

test('what is left to ws goes through it, message by message, both ways', async () => {
  const before = handshakes
  const heard: string[] = []
  const { socket, port } = open((payload) => void heard.push(`${payload}`), true)
  port.read(encodeFrame(Opcode.text, 'plain'))
  assert.deepEqual([heard, handshakes], [['plain'], before + 1])
  port.sendPieces([Buffer.alloc(20_000, 'a'), Buffer.alloc(20_000, 'b')], 'text')
  port.send('behind', 'text')
  await until(() => framesOf(socket).length === 2)
  assert.deepEqual(framesOf(socket), [
    [0xc1, 'a'.repeat(20_000) + 'b'.repeat(20_000)],
    [0x81, 'behind'],
  ])
  socket.holds = true
  port.send('x'.repeat(500), 'text')
  port.send('y'.repeat(600), 'text')
  assert.equal(port.bufferedBytes, 504 + 604, 'each byte once, wherever it waits')
})

test('messages are left to ws that would keep the event loop for too long, or come to more than is taken', async () => {
  const before = handshakes
  const lengths: number[] = []
  const { port, heard } = open((payload) => void lengths.push(payload.length))
  port.read(encodeFrame(Opcode.binary, squeeze(Buffer.alloc(65_536)), { rsv: 4 }))
  // A block that is stored as it is, and the begin of the empty one behind it (RFC 1951 section 3.2.4).
  const stored = (length: number) => {
    const block = Buffer.alloc(length)
    block.writeUInt16LE(length - 6, 1)
    block.writeUInt16LE(0xffff - (length - 6), 3)
    return encodeFrame(Opcode.binary, block, { rsv: 4 })
  }
  port.read(stored(16_384))
  assert.deepEqual([lengths, handshakes], [[65_536, 16_378], before], 'not yet')
  for (const bytes of [stored(16_385), stored(16_385).subarray(0, 100)]) {
    const begun = handshakes
    open().port.read(bytes)
    assert.equal(handshakes, begun + 1)
  }
  const begun = handshakes
  port.read(encodeFrame(Opcode.binary, squeeze(Buffer.alloc(65_537)), { rsv: 4 }))
  assert.equal(handshakes, begun + 1)
  await until(() => lengths.length === 3)
  port.read(encodeFrame(Opcode.binary, squeeze(Buffer.alloc(MAX_MESSAGE_BYTES + 1)), { rsv: 4 }))
  await until(() => heard.length === 1)
  assert.deepEqual(heard, ['error 1009'])
})
