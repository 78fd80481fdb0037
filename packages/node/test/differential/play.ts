import type { MessageType, SocketPort, SocketSink } from '@echosession/core'
import { WebSocketServer } from 'ws'
import { LanePort } from '../../dist/lane-port.js'
import { createInflate, DEFLATE_OPTIONS } from '../../dist/message-deflate.js'
import { replayed } from '../../dist/replayed-request.js'
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
  (port) => {
    port.send('last', 'text')
    port.close(1000, 'enough')
    port.send('never', 'text')
    port.ping(Buffer.from('never'))
  },
]

/** What is only told apart where messages come at once. */
const LATER: Reaction = (port, message, type) => void Promise.resolve().then(() => send(port, message, type))

/** Small, large, and so large that it is compressed in a thread. */
const SQUEEZABLE: readonly Reaction[] = [
  (port) => port.send('squeeze '.repeat(300), 'text'),
  (port, _message, type) => {
    port.send(Buffer.alloc(70_000, 'in a thread'), type)
    port.send('behind it', 'text')
    port.ping(Buffer.from('behind that'))
    sendShared(port, Buffer.alloc(3_000, 'shared'), type)
  },
]

type Interlude = (port: SocketPort) => void

/** What this side does by itself between two reads. */
const INTERLUDES: readonly Interlude[] = [
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
  readonly interludes: readonly Interlude[]
  /** What is done when all that was begun is over. */
  readonly afterwards?: Interlude
  /**
   * Where permessage-deflate was agreed on, threads are at work, and all is over when nothing has come of them for so many
   * milliseconds; 0 without it.
   */
  readonly quietMs: number
  /** Whether many others are read from and answered in the same turns. */
  readonly crowded: boolean
}

/** Makes what this side does about these pieces. */
export function createCase(random: Random, chunks: readonly Buffer[], quietMs = 0): Case {
  const deflated = quietMs > 0
  const choice = [...REACTIONS, ...(deflated ? SQUEEZABLE : [LATER])]
  const plain = random(3) === 0
  const reactions = Array.from({ length: 4 }, () => (plain ? REACTIONS[0] : pick(random, choice)) as Reaction)
  const calm = deflated || random(2) === 0 || chunks.length > 40
  const interludes = calm ? [] : chunks.map(() => pick(random, INTERLUDES))
  const afterwards = deflated ? { afterwards: pick(random, INTERLUDES) } : {}
  return { chunks, reactions, interludes, ...afterwards, quietMs, crowded: !deflated && random(8) === 0 }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  autoPong: false,
  maxPayload: MAX_MESSAGE_BYTES,
  perMessageDeflate: DEFLATE_OPTIONS,
})
const settings = { server, handshake: replayed(), maxMessageBytes: MAX_MESSAGE_BYTES, carried: false }
const inflate = createInflate(MAX_MESSAGE_BYTES)
const deflating = { ...settings, handshake: replayed('permessage-deflate'), inflate }
const carried = { ...settings, handshake: replayed('permessage-deflate'), carried: true }
const NOTHING = Buffer.alloc(0)
const request = {
  method: 'GET',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  },
}

const OFFER = { 'sec-websocket-extensions': 'permessage-deflate' }

/** Makes a port on a socket. */
export type Open = (socket: TestSocket, sink: SocketSink, deflated: boolean) => SocketPort

/** The port under test. */
export const openLane: Open = (socket, sink, deflated) => {
  const port = new LanePort(deflated ? deflating : settings, socket)
  port.connect(sink, NOTHING)
  return port
}

/** The port under test where all is left to `ws`. */
export const openCarried: Open = (socket, sink) => {
  const port = new LanePort(carried, socket)
  port.connect(sink, NOTHING)
  return port
}

/** Plain `ws`, which it is held to. */
export const openWebSocket: Open = (socket, sink, deflated) => {
  let port: WebSocketPort | undefined
  const headers = deflated ? { ...request.headers, ...OFFER } : request.headers
  server.handleUpgrade({ ...request, headers } as never, socket, NOTHING, (webSocket) => {
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
export async function play(one: Case, open: Open): Promise<string> {
  const { reactions, interludes, quietMs, crowded } = one
  const deflated = quietMs > 0
  // ws 8.23 throws where pieces pile up behind what it inflates and one of them is at fault.
  const joined = deflated && open === openWebSocket
  const chunks = joined ? [Buffer.concat(one.chunks)] : one.chunks
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
  const quiet = async () => {
    await turn()
    if (!deflated) return
    for (let seen = -1; seen !== events.length + socket.written.length; ) {
      seen = events.length + socket.written.length
      await pause(quietMs)
    }
  }
  port = open(socket, sink, deflated)
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
  await quiet()
  one.afterwards?.(port)
  await quiet()
  socket.push(null)
  await turn()
  socket.destroy()
  await turn()
  await turn()
  return `${events.join('\n')}\n-- written --\n${Buffer.concat(socket.written).toString('latin1')}`
}
