import type { Attempt } from '../admission.js'
import { type CloseEvent, cutReason } from '../close.js'
import { EchoSessionError } from '../errors.js'
import { Message, type MessageData, toBytes } from '../message.js'
import type { FrameEncoder, PortCapabilities, SocketPort, SocketSink } from '../port.js'
import { type MemoryFrame, MemoryPipe } from './memory-pipe.js'

/** The client's end of a memory connection. */
export interface MemoryClient extends AsyncIterable<Message> {
  /** The subprotocol that was agreed on; empty when there is none. */
  readonly protocol: string
  /** Resolves when the connection is gone. */
  readonly closed: Promise<CloseEvent>
  /** Sends a message, as `session.send` does at the other end. */
  send(data: MessageData): void
  /** Sends a text message with these bytes, valid UTF-8 or not. */
  sendText(bytes: Uint8Array): void
  /** Begins a message and does not finish it. */
  begin(): void
  /** Sends a ping. */
  ping(payload?: Uint8Array): void
  /** Sends a pong that nobody asked for. */
  pong(payload?: Uint8Array): void
  /** The next message; undefined when the connection is gone. */
  next(): Promise<Message | undefined>
  /** Starts the closing handshake; without a code, the close frame is empty. */
  close(code?: number, reason?: string): void
  /** Drops the connection. */
  terminate(): void
  /** Stops reading: what the session sends piles up there, and pings are not answered. */
  pause(): void
  /** Reads again. */
  resume(): void
}

type CloseFrame = Extract<MemoryFrame, { readonly kind: 'close' }>

const TEXT = 1
const BINARY = 2
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const EMPTY = new Uint8Array(0)

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes)
    return true
  } catch {
    return false
  }
}

// The `slice` of some views, such as Node's Buffer, shares what it shows.
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function messageFrame(data: MessageData): MemoryFrame {
  if (typeof data === 'string') return { kind: 'message', type: 'text', bytes: encoder.encode(data) }
  if (data instanceof Message) return { kind: 'message', type: data.type, bytes: copy(data.bytes) }
  return { kind: 'message', type: 'binary', bytes: copy(toBytes(data)) }
}

// The opcode, then the payload.
const encodeFrame: FrameEncoder = (data, type) => {
  const payload = typeof data === 'string' ? encoder.encode(data) : data
  const frame = new Uint8Array(1 + payload.length)
  frame[0] = type === 'text' ? TEXT : BINARY
  frame.set(payload, 1)
  return frame
}

const CAPABILITIES: PortCapabilities = { ping: true, pause: true, unfinished: true, encoder: encodeFrame }

/** A WebSocket connection without a network: the smallest transport that keeps the port's promises. */
export class MemoryConnection implements MemoryClient {
  readonly protocol: string
  readonly closed: Promise<CloseEvent>
  readonly #toServer: MemoryPipe
  readonly #toClient: MemoryPipe
  readonly #sink: SocketSink
  readonly #received: Message[] = []
  readonly #waiters: ((message: Message | undefined) => void)[] = []
  #resolveClosed: (event: CloseEvent) => void = () => {}
  #clientClosing = false
  #clientOver = false
  #serverClosing = false
  #serverOver = false

  constructor(attempt: Attempt, protocol: string) {
    this.protocol = protocol
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#toServer = new MemoryPipe(
      (frame) => this.#atServer(frame),
      () => {},
    )
    this.#toClient = new MemoryPipe(
      (frame) => this.#atClient(frame),
      () => {
        if (!this.#serverOver) this.#sink.drain()
      },
    )
    const { sink, start } = attempt.open(this.#serverPort())
    this.#sink = sink
    start()
  }

  // The client's end.

  send(data: MessageData): void {
    this.#write(messageFrame(data))
  }

  sendText(bytes: Uint8Array): void {
    this.#write({ kind: 'message', type: 'text', bytes: copy(bytes) })
  }

  begin(): void {
    this.#write({ kind: 'begin' })
  }

  ping(payload: Uint8Array = EMPTY): void {
    this.#write({ kind: 'ping', bytes: copy(payload) })
  }

  pong(payload: Uint8Array = EMPTY): void {
    this.#write({ kind: 'pong', bytes: copy(payload) })
  }

  next(): Promise<Message | undefined> {
    const message = this.#received.shift()
    if (message !== undefined || this.#clientOver) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  close(code = 1005, reason = ''): void {
    this.#write({ kind: 'close', code, reason: cutReason(reason) })
    this.#clientClosing = true
    // Only a client that reads sees the answer.
    this.#toClient.resume()
  }

  terminate(): void {
    this.#lose()
  }

  pause(): void {
    this.#toClient.pause()
  }

  resume(): void {
    this.#toClient.resume()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    for (let message = await this.next(); message !== undefined; message = await this.next()) yield message
  }

  // After its close frame an end sends nothing more (RFC 6455 section 5.5.1).
  #write(frame: MemoryFrame): void {
    if (!this.#clientClosing) this.#toServer.write(frame)
  }

  // The server's end.

  #serverPort(): SocketPort {
    const toClient = this.#toClient
    const toServer = this.#toServer
    const write = (frame: MemoryFrame) => {
      if (!this.#serverClosing) toClient.write(frame)
    }
    return {
      capabilities: CAPABILITIES,
      get bufferedBytes() {
        return toClient.bufferedBytes
      },
      send: (data, type) =>
        write({
          kind: 'message',
          type,
          bytes: typeof data === 'string' ? encoder.encode(data) : copy(data),
        }),
      sendEncoded: (frame) =>
        write({
          kind: 'message',
          type: frame[0] === TEXT ? 'text' : 'binary',
          bytes: copy(frame.subarray(1)),
        }),
      ping: (payload) => write({ kind: 'ping', bytes: copy(payload) }),
      pong: (payload) => write({ kind: 'pong', bytes: copy(payload) }),
      close: (code, reason) => {
        write({ kind: 'close', code, reason })
        this.#serverClosing = true
      },
      terminate: () => queueMicrotask(() => this.#lose()),
      pause: () => toServer.pause(),
      resume: () => toServer.resume(),
    }
  }

  #atServer(frame: MemoryFrame): void {
    if (frame.kind === 'close') this.#closeServer(frame)
    else if (this.#serverClosing) return
    else if (frame.kind === 'begin') this.#sink.unfinished(true)
    else if (frame.kind !== 'message') this.#sink[frame.kind](frame.bytes)
    else if (frame.type === 'text' && !isUtf8(frame.bytes)) {
      // RFC 6455 section 8.1.
      this.#sink.settle()
      this.#serverClosing = true
      this.#toClient.write({ kind: 'close', code: 1007, reason: '' })
      this.#sink.error(new EchoSessionError('ES_ERR_PROTOCOL', 'A text message is not UTF-8.'), 1007)
    } else {
      this.#sink.unfinished(false)
      this.#sink.message(frame.bytes, frame.type)
    }
  }

  #atClient(frame: MemoryFrame): void {
    if (frame.kind === 'ping') this.#write({ kind: 'pong', bytes: frame.bytes })
    else if (frame.kind === 'message') this.#receive(new Message(frame.type, frame.bytes))
    else if (frame.kind === 'close') this.#closeClient(frame)
  }

  #receive(message: Message): void {
    const waiter = this.#waiters.shift()
    if (waiter === undefined) this.#received.push(message)
    else waiter(message)
  }

  // Each end is through when it has both sent and received a close frame; what was sent before it still arrives.

  #closeServer({ code, reason }: CloseFrame): void {
    if (this.#serverOver) return
    this.#sink.settle()
    if (!this.#serverClosing) this.#toClient.write({ kind: 'close', code, reason })
    this.#serverClosing = true
    this.#endServer(code, reason)
  }

  #closeClient({ code, reason }: CloseFrame): void {
    this.#write({ kind: 'close', code, reason })
    this.#clientClosing = true
    this.#endClient({ code, reason, clean: true })
  }

  #lose(): void {
    this.#toClient.destroy()
    this.#endClient({ code: 1006, reason: '', clean: false })
    this.#endServer(1006, '')
  }

  #endServer(code: number, reason: string): void {
    if (this.#serverOver) return
    this.#serverOver = true
    this.#toServer.destroy()
    this.#sink.closed(code, reason)
  }

  #endClient(event: CloseEvent): void {
    if (this.#clientOver) return
    this.#clientOver = true
    for (const waiter of this.#waiters.splice(0)) waiter(undefined)
    this.#resolveClosed(event)
  }
}
