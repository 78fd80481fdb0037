import type { MessageType, SocketPort, SocketSink } from '@echosession/core'
import { WebSocketServer } from 'ws'
import { LanePort } from '../../dist/lane-port.js'
import { WebSocketPort } from '../../dist/web-socket-port.js'
import { quietSink } from '../quiet-sink.js'
import { TestSocket } from '../test-socket.js'
import { MAX_MESSAGE_BYTES } from './frames.js'
import { pick, type Random } from './random.js'

/** What this side does when a message comes. */
type Reaction = (port: SocketPort, message: Passed, type: MessageType) => void

/** A message to pass on, as it came. */
type Passed = Uint8Array | readonly Uint8Array[]

const send: Reaction = (port, message, type) => {
  if (message instanceof Uint8Array) port.send(message, type)
  else if (port.sendPieces !== undefined) port.sendPieces(message, type)
  else port.send(Buffer.concat(message), type)
}

/** Sends as to many sessions. */
const sendShared: Reaction = (port, message, type) => {
  const bytes = message instanceof Uint8Array ? message : Buffer.concat(message)
  const { encoder } = port.capabilities
  if (encoder === undefined || port.sendEncoded === undefined) port.send(bytes, type)
  else port.sendEncoded(encoder(bytes, type))
}

const REACTIONS: readonly Reaction[] = [
  send,
  send,
  send,
  sendShared,
  () => {},
  (port, message, type) => {
    port.send('before', 'text')
    send(port, message, type)
    port.ping(Buffer.from('now'))
    sendShared(port, message, type)
    send(port, message, type)
  },
  (port) => port.send(Buffer.alloc(20_000, 'large'), 'binary'),
  (port, message, type) => void Promise.resolve().then(() => send(port, message, type)),
  (port) => {
    port.send('last', 'text')
    port.close(1000, 'enough')
    port.send('never', 'text')
    port.ping(Buffer.from('never'))
  },
]

/** What this side does by itself between two reads. */
const INTERLUDES: readonly ((port: SocketPort) => void)[] = [
  () => {},
  () => {},
  () => {},
  (port) => {
    port.send('one', 'text')
    port.send(Buffer.from('two'), 'binary')
  },
  (port) => port.ping(Buffer.from('there?')),
  (port) => port.close(4000, 'done'),
]

/** One case: what comes, in which pieces, and what this side does. */
export interface Case {
  readonly chunks: readonly Buffer[]
  readonly reactions: readonly Reaction[]
  /** What is done after each piece; without any, all pieces come in one turn. */
  readonly interludes: readonly ((port: SocketPort) => void)[]
  /** Whether many others are read from and answered in the same turns. */
  readonly crowded: boolean
}

/** Makes what this side does about these pieces. */
export function createCase(random: Random, chunks: readonly Buffer[]): Case {
  const plain = random(3) === 0
  const reactions = Array.from(
    { length: 4 },
    () => (plain ? REACTIONS[0] : pick(random, REACTIONS)) as Reaction,
  )
  const calm = random(2) === 0 || chunks.length > 40
  const interludes = calm ? [] : chunks.map(() => pick(random, INTERLUDES))
  return { chunks, reactions, interludes, crowded: random(8) === 0 }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  autoPong: false,
  maxPayload: MAX_MESSAGE_BYTES,
})
const settings = { server, maxMessageBytes: MAX_MESSAGE_BYTES }
const NOTHING = Buffer.alloc(0)
const request = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  },
}

type Open = (socket: TestSocket, sink: SocketSink) => SocketPort

/** The port under test. */
export const openLane: Open = (socket, sink) => {
  const port = new LanePort(settings, socket)
  port.connect(sink, NOTHING)
  return port
}

/** Plain `ws`, which it is held to. */
export const openWebSocket: Open = (socket, sink) => {
  let port: WebSocketPort | undefined
  server.handleUpgrade(request as never, socket, NOTHING, (webSocket) => {
    port = new WebSocketPort(webSocket, socket)
    port.connect(sink)
  })
  socket.written.length = 0
  return port as WebSocketPort
}

/** Others that answer what they are sent. */
const crowd = Array.from({ length: 8 }, () => {
  const socket = new TestSocket()
  const port = new LanePort(settings, socket)
  const sink = quietSink((payload, type) => port.send(payload as Buffer, type))
  port.connect(sink, NOTHING)
  return { socket, port }
})

/** Has all of the crowd answer; tells whether their answers are gathered. */
function stirCrowd(): boolean {
  for (const { socket, port } of crowd) {
    socket.written.length = 0
    // An empty text, masked (RFC 6455 section 5.2).
    port.read(Buffer.from([0x81, 0x80, 0, 0, 0, 0]))
  }
  return crowd.at(-1)?.socket.written.length === 0
}

async function raiseCrowd(): Promise<void> {
  for (let count = 0; count < 100 && !stirCrowd(); count++) await turn()
  await turn()
}

/** Plays a case to a port. Returns everything that comes of it, as text. */
export async function play({ chunks, reactions, interludes, crowded }: Case, open: Open): Promise<string> {
  const events: string[] = []
  const socket = new TestSocket()
  let port: SocketPort | undefined
  let messages = 0
  const note = (what: string, bytes: Uint8Array) =>
    void events.push(`${what} ${Buffer.from(bytes).toString('latin1')}`)
  const sink: SocketSink = {
    message(payload, type) {
      const copies = (payload instanceof Uint8Array ? [payload] : payload).map((bytes) => Buffer.from(bytes))
      note(type, Buffer.concat(copies))
      const message = copies.length === 1 ? (copies[0] as Buffer) : copies
      if (port !== undefined) reactions[messages++ % reactions.length]?.(port, message, type)
    },
    ping(payload) {
      note('ping', payload)
      port?.pong(payload)
    },
    pong: (payload) => note('pong', payload),
    settle() {},
    drain() {},
    unfinished() {},
    error: (_error, closeCode) => void events.push(`error ${closeCode}`),
    closed: (code, reason) => void events.push(`closed ${code} ${reason}`),
  }
  port = open(socket, sink)
  await turn()
  if (crowded) await raiseCrowd()
  for (const [index, chunk] of chunks.entries()) {
    if (crowded) stirCrowd()
    socket.push(Buffer.from(chunk))
    const interlude = interludes[index]
    if (interlude === undefined) continue
    await turn()
    interlude(port)
  }
  await turn()
  socket.push(null)
  await turn()
  socket.destroy()
  await turn()
  await turn()
  return `${events.join('\n')}\n-- written --\n${Buffer.concat(socket.written).toString('latin1')}`
}
