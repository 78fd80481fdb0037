import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SocketPort, SocketSink } from '@echosession/core'
import { WebSocketServer } from 'ws'
import { LanePort } from '../dist/lane-port.js'
import { WebSocketPort } from '../dist/web-socket-port.js'
import { TestSocket } from './test-socket.js'

const MAX_MESSAGE_BYTES = 3_000
const CASES = Number(process.env.LANE_CASES ?? 1_500)
const SEED = Number(process.env.LANE_SEED ?? 20_261_123)

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = (below: number) => number

function frame(random: Random, first: number, payload: Buffer, masked = true): Buffer {
  const { length } = payload
  const style = random(12)
  // Longer encodings than needed, now and then.
  const wide = style === 0 ? 127 : length > 65_535 ? 127 : length > 125 || style === 1 ? 126 : length
  const extended = Buffer.alloc(wide === 127 ? 8 : wide === 126 ? 2 : 0)
  if (wide === 126) extended.writeUInt16BE(length)
  if (wide === 127) extended.writeBigUInt64BE(BigInt(length))
  const head = Buffer.from([first, (masked ? 0x80 : 0) | wide])
  if (!masked) return Buffer.concat([head, extended, payload])
  const mask = Buffer.from([random(256), random(256), random(256), random(256)])
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index & 3] as number)))
  return Buffer.concat([head, extended, mask, body])
}

function payloadOf(random: Random, text: boolean): Buffer {
  const size = [0, 1, 2, 5, 60, 64, 65, 125, 126, 127, 700, 2_999, 3_000, 3_001][random(14)] as number
  if (!text) return Buffer.from(Array.from({ length: size }, () => random(256)))
  if (random(8) === 0) return Buffer.from([0xc3, 0x28])
  return Buffer.from(
    random(2) === 0 ? 'a'.repeat(size) : 'ä€😀'.repeat(Math.ceil(size / 9)).slice(0, size / 4),
  )
}

function streamOf(random: Random): Buffer {
  const parts: Buffer[] = []
  const count = 1 + random(8)
  for (let index = 0; index < count; index++) {
    const kind = random(20)
    const text = random(2) === 0
    const opcode = text ? 1 : 2
    if (kind < 9) parts.push(frame(random, 0x80 | opcode, payloadOf(random, text)))
    else if (kind < 12) {
      const whole = payloadOf(random, text)
      const cut = random(whole.length + 1)
      parts.push(frame(random, opcode, whole.subarray(0, cut)))
      if (random(3) === 0) parts.push(frame(random, 0x89, Buffer.from('between')))
      if (random(5) > 0) parts.push(frame(random, 0x80, whole.subarray(cut)))
    } else if (kind < 15)
      parts.push(frame(random, 0x89 + random(2), payloadOf(random, false).subarray(0, 126)))
    else if (kind === 15) {
      const code = [1000, 1001, 1005, 999, 3000, 4999, 5000][random(7)] as number
      const body = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from('bye')])
      parts.push(frame(random, 0x88, random(4) === 0 ? Buffer.alloc(random(2)) : body))
    } else if (kind === 16) parts.push(frame(random, random(256), payloadOf(random, text)))
    else if (kind === 17) parts.push(frame(random, 0x80 | opcode, payloadOf(random, text), false))
    else if (kind === 18) parts.push(frame(random, 0x80, payloadOf(random, text)))
    else parts.push(Buffer.from(Array.from({ length: random(20) }, () => random(256))))
  }
  const bytes = Buffer.concat(parts)
  return random(4) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes
}

function cut(random: Random, bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  const most = [1, 3, 17, 200, 5_000, 100_000][random(6)] as number
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random(most))
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return chunks
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Plays chunks to a port that echoes, and notes everything that comes of it. */
async function play(
  chunks: readonly Buffer[],
  open: (socket: TestSocket, sink: SocketSink) => SocketPort,
): Promise<object> {
  const events: unknown[] = []
  const socket = new TestSocket()
  let port: SocketPort | undefined
  const sink: SocketSink = {
    message(bytes, type) {
      events.push(['message', type, Buffer.from(bytes).toString('base64')])
      port?.send(Buffer.from(bytes), type)
    },
    ping(payload) {
      events.push(['ping', Buffer.from(payload).toString('base64')])
      port?.pong(payload)
    },
    pong: (payload) => events.push(['pong', Buffer.from(payload).toString('base64')]),
    drain() {},
    unfinished() {},
    error: (_error, closeCode) => events.push(['error', closeCode]),
    closed: (code, reason) => events.push(['closed', code, reason]),
  }
  port = open(socket, sink)
  for (const chunk of chunks) {
    socket.push(Buffer.from(chunk))
    await turn()
  }
  socket.push(null)
  await turn()
  socket.destroy()
  await turn()
  await turn()
  const written = Buffer.concat(socket.written)
  const answer = written.indexOf('\r\n\r\n')
  return {
    events,
    written: (written.toString('latin1', 0, 4) === 'HTTP' ? written.subarray(answer + 4) : written).toString(
      'hex',
    ),
  }
}

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  autoPong: false,
  maxPayload: MAX_MESSAGE_BYTES,
})
const request = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  },
}

function openLane(socket: TestSocket, sink: SocketSink): SocketPort {
  const port = new LanePort({ server, maxMessageBytes: MAX_MESSAGE_BYTES }, socket)
  port.connect(sink, Buffer.alloc(0))
  return port
}

function openWebSocket(socket: TestSocket, sink: SocketSink): SocketPort {
  let port: WebSocketPort | undefined
  server.handleUpgrade(request as never, socket, Buffer.alloc(0), (webSocket) => {
    port = new WebSocketPort(webSocket, socket)
    port.connect(sink)
  })
  return port as WebSocketPort
}

test(`ES-3.1 the lane and ws make the same of ${CASES} streams, however they are cut (seed ${SEED})`, async () => {
  for (let index = 0; index < CASES; index++) {
    const next = randomFrom(SEED + index)
    const random: Random = (below) => Math.floor(next() * below)
    const chunks = cut(random, streamOf(random))
    const expected = await play(chunks, openWebSocket)
    const actual = await play(chunks, openLane)
    assert.deepEqual(
      actual,
      expected,
      `case ${SEED + index}: ${Buffer.concat(chunks).toString('hex').slice(0, 2_000)}`,
    )
  }
})
