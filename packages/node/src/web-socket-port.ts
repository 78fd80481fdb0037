import type { Duplex } from 'node:stream'
import type { MessageType, PortCapabilities, SocketPort, SocketSink } from '@echosession/core'
import type { WebSocket } from 'ws'
import { FrameMeter } from './frame-meter.js'

const CAPABILITIES: PortCapabilities = { ping: true, pause: true, unfinished: true }
const TEXT = { binary: false } as const
const BINARY = { binary: true } as const

// The close code that ws answers a fault of the peer with, by the code of its error.
const CLOSE_CODES: Readonly<Record<string, number>> = {
  WS_ERR_EXPECTED_FIN: 1002,
  WS_ERR_EXPECTED_MASK: 1002,
  WS_ERR_INVALID_CLOSE_CODE: 1002,
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: 1002,
  WS_ERR_INVALID_OPCODE: 1002,
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNEXPECTED_MASK: 1002,
  WS_ERR_UNEXPECTED_RSV_1: 1002,
  WS_ERR_UNEXPECTED_RSV_2_3: 1002,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
}

function closeCodeOf(error: unknown): number | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  // Compressed data that zlib cannot read is data that is not what its type says (RFC 6455 section 7.4.1).
  return code.startsWith('Z_') ? 1007 : CLOSE_CODES[code]
}

/**
 * Reports what a `ws` WebSocket says to core.
 * @param pong hears of the pongs.
 */
export function reportWebSocket(
  webSocket: WebSocket,
  sink: SocketSink,
  pong = (payload: Buffer) => sink.pong(payload),
): void {
  // With the default binaryType every message is one Buffer.
  webSocket.on('message', (data, isBinary) => sink.message(data as Buffer, isBinary ? 'binary' : 'text'))
  webSocket.on('ping', (payload) => sink.ping(payload))
  webSocket.on('pong', pong)
  webSocket.on('error', (error) => sink.error(error, closeCodeOf(error)))
  webSocket.on('close', (code, reason) => sink.closed(code, reason.toString()))
}

/** A `ws` WebSocket as core's port. */
export class WebSocketPort implements SocketPort {
  readonly capabilities = CAPABILITIES
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  #sink: SocketSink | undefined

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket
    this.#socket = socket
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  send(data: string | Uint8Array, type: MessageType): void {
    this.#webSocket.send(data, type === 'text' ? TEXT : BINARY, this.#sent)
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
  }

  terminate(): void {
    this.#webSocket.terminate()
  }

  ping(payload: Uint8Array): void {
    this.#webSocket.ping(payload, false, this.#sent)
  }

  pong(payload: Uint8Array): void {
    this.#webSocket.pong(payload, false, this.#sent)
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  /** Reports to this sink from now on. To be called before the socket's next event. */
  connect(sink: SocketSink): void {
    this.#sink = sink
    const webSocket = this.#webSocket
    const meter = new FrameMeter()
    let unfinished = false
    const socket = this.#socket
    // What is sent while one chunk is handled leaves in one write.
    const before = (chunk: Uint8Array) => {
      socket.cork()
      meter.feed(chunk)
      if (meter.unfinished === unfinished) return
      unfinished = meter.unfinished
      sink.unfinished(unfinished)
    }
    const after = () => socket.uncork()
    socket.prependListener('data', before)
    socket.on('data', after)
    reportWebSocket(webSocket, sink)
    webSocket.on('close', () => {
      socket.removeListener('data', before)
      socket.removeListener('data', after)
    })
  }

  // One function for every send: ws calls it when the bytes have gone out.
  readonly #sent = (): void => {
    // Bytes that were given up with the connection have not gone out: the peer has not caught up.
    if (!this.#socket.destroyed) this.#sink?.drain()
  }
}
