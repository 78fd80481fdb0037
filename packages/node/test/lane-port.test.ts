import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { MessageType, SocketSink } from '@echosession/core'
import { encodeFrame, Opcode } from '@echosession/probe'
import { WebSocketServer } from 'ws'
import { LanePort } from '../dist/lane-port.js'
import { replayed } from '../dist/replayed-request.js'
import { quietSink } from './quiet-sink.js'
import { TestSocket } from './test-socket.js'

const server = new WebSocketServer({ noServer: true, clientTracking: false, autoPong: false })
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
/** What comes in is handled a tick later, and what that brings about leaves at the end of the turn that it is handled in. */
const turns = async () => {
  await turn()
  await turn()
}

const sockets: TestSocket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** A text frame as the server writes it. */
function text(payload: string): string {
  return Buffer.concat([Buffer.from([0x81, payload.length]), Buffer.from(payload)]).toString('latin1')
}

function connect(sink: SocketSink, socket = new TestSocket()) {
  sockets.push(socket)
  const port = new LanePort(
    { server, handshake: replayed(), maxMessageBytes: 1_048_576, carried: false },
    socket,
  )
  port.connect(sink, Buffer.alloc(0))
  return { socket, port, written: () => socket.written.map((chunk) => chunk.toString('latin1')) }
}

function open(
  message: (payload: Buffer, type: MessageType, pieces: readonly Uint8Array[]) => void = () => {},
  socket?: TestSocket,
) {
  let drains = 0
  const controls: string[] = []
  const sink = {
    ...quietSink((payload, type) => {
      const pieces = payload instanceof Uint8Array ? [payload] : payload
      message(Buffer.concat(pieces), type, pieces)
    }),
    ping: (payload: Uint8Array) => void controls.push(`ping ${payload}`),
    pong: (payload: Uint8Array) => void controls.push(`pong ${payload}`),
    drain: () => void drains++,
  }
  return { ...connect(sink, socket), controls, drains: () => drains }
}

test('what one session is sent in a tick leaves in one write, in order, pings and pongs with it', async () => {
  const { port, written } = open()
  port.send('a', 'text')
  port.ping(Buffer.from('p'))
  port.send(Buffer.from('b'), 'text')
  port.pong(Buffer.from('q'))
  assert.deepEqual(written(), [])
  assert.equal(port.bufferedBytes, 12)
  await turn()
  assert.deepEqual(written(), [`${text('a')}\x89\x01p${text('b')}\x8a\x01q`])
  assert.equal(port.bufferedBytes, 0)
  port.send('c', 'text')
  await turn()
  assert.deepEqual(written().slice(1), [text('c')])
})

test('a heartbeat makes no WebSocket of ws: pings and pongs are taken as they come, the wrong ones are left to it', async (t) => {
  let made = 0
  const count = () => void made++
  server.on('headers', count)
  t.after(() => server.off('headers', count))
  const heard: string[] = []
  const { socket, controls } = open((payload) => void heard.push(`${payload}`))
  const long = 'x'.repeat(125)
  socket.push(
    Buffer.concat([
      encodeFrame(Opcode.pong, ''),
      encodeFrame(Opcode.text, 'one'),
      encodeFrame(Opcode.ping, 'p'),
      encodeFrame(Opcode.pong, long),
      encodeFrame(Opcode.text, 'two'),
    ]),
  )
  await turns()
  assert.deepEqual(controls, ['pong ', 'ping p', `pong ${long}`])
  assert.deepEqual(heard, ['one', 'two'])
  assert.equal(made, 0)
  const cut = encodeFrame(Opcode.pong, 'in two')
  socket.push(cut.subarray(0, 4))
  await turns()
  assert.equal(made, 1)
  socket.push(Buffer.concat([cut.subarray(4), encodeFrame(Opcode.ping, 'q')]))
  await turns()
  assert.deepEqual(controls.slice(3), ['pong in two', 'ping q'])
})

const BEGIN = encodeFrame(Opcode.text, 'x', { fin: false })
const CLOSE = encodeFrame(Opcode.close, Buffer.from([0x03, 0xe8]))

for (const [what, chunk, answer] of [
  ['answers a close frame', [encodeFrame(Opcode.text, 'x'), CLOSE], '\x88\x02\x03\xe8'],
  ['answers one behind fragments', [BEGIN, encodeFrame(Opcode.continuation), CLOSE], '\x88\x02\x03\xe8'],
  ['answers one behind a ping', [BEGIN, encodeFrame(Opcode.ping), CLOSE], '\x88\x02\x03\xe8'],
  ['answers a fault', [encodeFrame(Opcode.text, 'x'), encodeFrame(3)], '\x88\x02\x03\xea'],
  ['answers the end of the connection', [encodeFrame(Opcode.text, 'x')], ''],
] as const) {
  test(`core is asked for what it has kept before the port ${what}`, async () => {
    let keeps = false
    const keep = () => {
      keeps = true
    }
    const sink = {
      ...quietSink(keep),
      ping: keep,
      settle() {
        if (keeps) port.sendEncoded(Buffer.from(text('kept'), 'latin1'))
        keeps = false
      },
    }
    const { socket, port, written } = connect(sink)
    socket.push(Buffer.concat(chunk))
    if (answer === '') socket.push(null)
    await turns()
    assert.equal(written().join(''), text('kept') + answer)
  })
}

test('what is sent while another session is read from leaves in one write too', async () => {
  const receiver = open()
  const sender = open((bytes, type) => {
    receiver.port.send(bytes, type)
    sender.port.send('done', 'text')
  })
  sender.socket.push(Buffer.concat([encodeFrame(Opcode.text, 'x'), encodeFrame(Opcode.text, 'y')]))
  await turns()
  assert.deepEqual(receiver.written(), [text('x') + text('y')])
  assert.deepEqual(sender.written(), [text('done') + text('done')])
})

test('what several sessions bring one other in a turn of the event loop leaves in one write', async () => {
  const receiver = open()
  const senders = ['a', 'b', 'c'].map(() => open((bytes, type) => receiver.port.send(bytes, type)))
  const reads = senders.map(
    ({ socket }, index) =>
      new Promise<void>((resolve) => {
        // Immediates of one turn run one after the other with their ticks between, as the reads of one turn do.
        setImmediate(() => {
          socket.push(encodeFrame(Opcode.text, `${index}`))
          resolve()
        })
      }),
  )
  await Promise.all(reads)
  await turns()
  assert.deepEqual(receiver.written(), [text('0') + text('1') + text('2')])
})

test('answers and broadcasts of one read leave in the order in which they were sent', async () => {
  const { socket, port, written } = open(() => {
    port.send('answer', 'text')
    port.sendEncoded(encodeFrame(Opcode.text, 'to all', { masked: false }))
    port.send('more', 'text')
  })
  socket.push(encodeFrame(Opcode.text, 'x'))
  await turns()
  assert.equal(written().join(''), text('answer') + text('to all') + text('more'))
  assert.equal(port.bufferedBytes, 0)
})

test('frames that are held leave before a close frame, a large message, and the end', async () => {
  const closing = open()
  closing.port.send('a', 'text')
  closing.port.close(1000, '')
  assert.equal(closing.written().join(''), `${text('a')}\x88\x02\x03\xe8`)

  const large = open()
  large.port.send('a', 'text')
  large.port.send(Buffer.alloc(20_000, 'x'), 'binary')
  large.port.send('b', 'text')
  await turn()
  const all = large.written().join('')
  assert.equal(all.indexOf(text('a')), 0)
  assert.equal(all.indexOf('\x82\x7e\x4e\x20x'), 3)
  assert.equal(all.slice(-3), text('b'))

  const cut = open()
  cut.port.send('a', 'text')
  cut.port.terminate()
  assert.deepEqual(cut.written(), [text('a')])
})

test('a large message that came in pieces leaves in pieces, and a small one is joined', async () => {
  const counts: number[] = []
  const { socket, port, written } = open((_payload, type, pieces) => {
    counts.push(pieces.length)
    port.send('before', 'text')
    port.sendPieces(pieces, type)
  })
  const payload = Buffer.alloc(70_000, 'xyz')
  const large = encodeFrame(Opcode.binary, payload)
  socket.push(large.subarray(0, 30_000))
  socket.push(large.subarray(30_000, 60_001))
  socket.push(large.subarray(60_001))
  const small = encodeFrame(Opcode.text, 'hi')
  socket.push(small.subarray(0, 7))
  socket.push(small.subarray(7))
  await turns()
  assert.deepEqual(counts, [3, 1])
  const head = '\x82\x7f\0\0\0\0\0\x01\x11\x70'
  assert.equal(
    written().join(''),
    text('before') + head + payload.toString('latin1') + text('before') + text('hi'),
  )
})

test('a large text in pieces that is no UTF-8 ends the connection with 1007', async () => {
  const { socket, written } = open(() => assert.fail('a message'))
  const payload = Buffer.alloc(70_000, 'é')
  payload[69_999] = 0xc3
  const frame = encodeFrame(Opcode.text, payload)
  for (const [from, to] of [
    [0, 30_001],
    [30_001, 70_014],
  ] as const)
    socket.push(frame.subarray(from, to))
  await turns()
  await turns()
  assert.equal(written().join('').slice(0, 4), '\x88\x02\x03\xef')
})

test('no more than 64 KiB is held, and flush lets go of it at once', () => {
  const { port, written } = open()
  for (let index = 0; index < 5; index++) port.send(Buffer.alloc(15_000), 'binary')
  assert.equal(written().length, 1)
  assert.equal(port.bufferedBytes, 15_004)
  port.flush()
  assert.equal(written().length, 2)
  assert.equal(port.bufferedBytes, 0)
})

/** A socket whose other end takes nothing until it is told to. */
class StalledSocket extends TestSocket {
  readonly #waiting: (() => void)[] = []
  stalled = false

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    super._write(chunk, encoding, () => void (this.stalled ? this.#waiting.push(done) : done()))
  }

  proceed(): void {
    this.stalled = false
    for (const done of this.#waiting.splice(0)) done()
  }
}

test('it is told when a peer that was behind has taken what it was sent, the first time and after', async () => {
  const socket = new StalledSocket()
  const { port, drains, written } = open(undefined, socket)
  port.send('a', 'text')
  await turn()
  assert.equal(drains(), 0)
  for (let round = 1; round <= 3; round++) {
    socket.stalled = true
    port.send(`${round}`, 'text')
    await turn()
    assert.ok(port.bufferedBytes > 0)
    const before = drains()
    socket.proceed()
    await turn()
    assert.equal(port.bufferedBytes, 0)
    assert.ok(drains() > before, `round ${round}`)
  }
  assert.equal(written().join(''), ['a', '1', '2', '3'].map(text).join(''))
})

test('nothing goes out behind a close frame, neither of ours nor the answer of ws to that of the peer', async () => {
  const ours = open()
  ours.port.close(1000, '')
  ours.port.send('late', 'text')
  const theirs = open()
  theirs.socket.push(encodeFrame(Opcode.close, Buffer.from([0x03, 0xe8])))
  await turn()
  theirs.port.send('late', 'text')
  await turn()
  for (const { written } of [ours, theirs]) assert.equal(written().join(''), '\x88\x02\x03\xe8')
})
