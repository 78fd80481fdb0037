import type { Attempt } from '../admission.js'
import { type CloseEvent, cutReason } from '../close.js'
import { EchoSessionError } from '../errors.js'
import { Message, type MessageData, toBytes } from '../message.js'
import type { PortCapabilities, SocketPort, SocketSink } from '../port.js'
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

const CAPABILITIES: PortCapabilities = { ping: true, pause: true, unfinished: true }
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

function messageFrame(data: MessageData): MemoryFrame {
  if (typeof data === 'string') return { kind: 'message', type: 'text', bytes: encoder.encode(data) }
  if (data instanceof Message) return { kind: 'message', type: data.type, bytes: data.bytes.slice() }
  return { kind: 'message', type: 'binary', bytes: toBytes(data).slice() }
}

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
  #over = false
  #serverClosing = false
  #peerClose: { readonly code: number; readonly reason: string } | undefined
  #clientClosing = false

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
      () => this.#sink.drain(),
    )
    const { sink, start } = attempt.open(this.#serverPort())
    this.#sink = sink
    start()
  }

  // The client's end.

  send(data: MessageData): void {
    if (!this.#clientClosing) this.#toServer.write(messageFrame(data))
  }

  sendText(bytes: Uint8Array): void {
    this.#toServer.write({ kind: 'message', type: 'text', bytes })
  }

  begin(): void {
    this.#toServer.write({ kind: 'begin' })
  }

  ping(payload: Uint8Array = EMPTY): void {
    this.#toServer.write({ kind: 'ping', bytes: payload })
  }

  pong(payload: Uint8Array = EMPTY): void {
    this.#toServer.write({ kind: 'pong', bytes: payload })
  }

  next(): Promise<Message | undefined> {
    const message = this.#received.shift()
    if (message !== undefined || this.#over) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  close(code = 1005, reason = ''): void {
    if (this.#clientClosing) return
    this.#clientClosing = true
    this.#toServer.write({ kind: 'close', code, reason: cutReason(reason) })
  }

  terminate(): void {
    this.#finish(1006, '')
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

  // The server's end.

  #serverPort(): SocketPort {
    const toClient = this.#toClient
    const toServer = this.#toServer
    return {
      capabilities: CAPABILITIES,
      get bufferedBytes() {
        return toClient.bufferedBytes
      },
      send: (data, type) =>
        toClient.write({
          kind: 'message',
          type,
          bytes: typeof data === 'string' ? encoder.encode(data) : data.slice(),
        }),
      ping: (payload) => toClient.write({ kind: 'ping', bytes: payload.slice() }),
      pong: (payload) => toClient.write({ kind: 'pong', bytes: payload.slice() }),
      close: (code, reason) => {
        this.#serverClosing = true
        toClient.write({ kind: 'close', code, reason })
      },
      terminate: () => queueMicrotask(() => this.#finish(1006, '')),
      pause: () => toServer.pause(),
      resume: () => toServer.resume(),
    }
  }

  #atServer(frame: MemoryFrame): void {
    if (frame.kind === 'close') {
      // The answer to the server's own close frame, or the begin of the client's (RFC 6455 section 5.5.1).
      this.#finish(frame.code, frame.reason)
    } else if (this.#serverClosing) {
      return
    } else if (frame.kind === 'begin') this.#sink.unfinished(true)
    else if (frame.kind !== 'message') this.#sink[frame.kind](frame.bytes)
    else if (frame.type === 'text' && !isUtf8(frame.bytes)) {
      // RFC 6455 section 8.1.
      this.#serverClosing = true
      this.#toClient.write({ kind: 'close', code: 1007, reason: '' })
      this.#sink.error(new EchoSessionError('ES_ERR_PROTOCOL', 'A text message is not UTF-8.'), 1007)
    } else {
      this.#sink.unfinished(false)
      this.#sink.message(frame.bytes, frame.type)
    }
  }

  #atClient(frame: MemoryFrame): void {
    if (frame.kind === 'ping') this.#toServer.write({ kind: 'pong', bytes: frame.bytes })
    else if (frame.kind === 'message') this.#receive(new Message(frame.type, frame.bytes))
    else if (frame.kind === 'close') {
      if (this.#clientClosing) return
      this.#clientClosing = true
      this.#peerClose = frame
      this.#toServer.write(frame)
    }
  }

  #receive(message: Message): void {
    const waiter = this.#waiters.shift()
    if (waiter === undefined) this.#received.push(message)
    else waiter(message)
  }

  #finish(code: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#toServer.destroy()
    this.#toClient.destroy()
    for (const waiter of this.#waiters.splice(0)) waiter(undefined)
    const seen = this.#peerClose ?? { code, reason }
    this.#resolveClosed({ code: seen.code, reason: seen.reason, clean: code !== 1006 })
    this.#sink.closed(code, reason)
  }
}
