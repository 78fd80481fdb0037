import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { until } from './deadline.js'
import {
  bytesWanted,
  closePayload,
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameShape,
  Opcode,
} from './frame.js'
import { type HttpAnswer, parseAnswer } from './http-answer.js'

/** Where a server listens on the loopback interface. */
export interface Address {
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: string
  readonly port: number
  /** Whether it speaks TLS; certificates are not judged. */
  readonly secure?: boolean
}

/** How an upgrade request differs from a valid one. */
export interface UpgradeShape {
  readonly method?: string
  readonly version?: string
  /** Header lines besides, or instead of the valid ones of the same name. */
  readonly headers?: readonly string[]
  /** Names of the valid headers to leave out. */
  readonly without?: readonly string[]
}

/** Writes an upgrade request (RFC 6455 section 4.1), valid unless told otherwise. */
export function upgradeRequest(path: string, shape: UpgradeShape = {}): string {
  const { method = 'GET', version = '1.1', headers = [], without = [] } = shape
  const valid = [
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ].filter((line) => !without.some((name) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)))
  return `${[`${method} ${path} HTTP/${version}`, ...valid, ...headers].join('\r\n')}\r\n\r\n`
}

/** A client that sends any bytes at all and shows what came back. */
export class RawConnection {
  readonly socket: Socket
  /** Whether the other end has ended its direction, or the connection is gone. */
  ended = false
  /** The error that the connection ended with, if one did. */
  error: Error | undefined
  /** The frames that came, close frames among them. */
  readonly frames: Frame[] = []
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  #chunks: Buffer[] = []
  #arrived = 0
  #wanted = 0
  #upgraded = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#arrived += chunk.length
      // A large frame is put together once, not with every piece of it.
      if (this.#arrived < this.#wanted) return
      this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks.splice(0)])
      this.#wanted = 0
      if (this.#upgraded) this.#decode()
    })
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('close', () => {
      this.ended = true
    })
    socket.on('error', (error) => {
      this.error = error
      this.ended = true
    })
  }

  /** Connects. */
  static async open({ host = '127.0.0.1', port, secure = false }: Address): Promise<RawConnection> {
    const socket = secure ? connectTls({ host, port, rejectUnauthorized: false }) : connectTcp({ host, port })
    const connection = new RawConnection(socket)
    await once(socket, secure ? 'secureConnect' : 'connect')
    return connection
  }

  /**
   * Connects and does the opening handshake.
   * @throws Error when the answer is not 101.
   */
  static async upgrade(
    address: Address,
    path: string,
    headers: readonly string[] = [],
  ): Promise<RawConnection> {
    const connection = await RawConnection.open(address)
    connection.write(upgradeRequest(path, { headers }))
    const { status } = await connection.head()
    if (status !== 101) throw new Error(`the handshake at ${path} was answered with ${status}`)
    return connection
  }

  /** What has come and was not taken yet, as text. */
  get text(): string {
    return this.#bytes.toString('latin1')
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes)
  }

  /** Sends one frame. */
  send(opcode: number, payload: Uint8Array | string = '', shape: FrameShape = {}): void {
    this.socket.write(encodeFrame(opcode, payload, shape))
  }

  /** Sends a close frame. */
  close(code?: number, reason: Uint8Array | string = ''): void {
    this.send(Opcode.close, closePayload(code, reason))
  }

  /** The head of the answer; after a 101 what follows is read as frames. */
  async head(): Promise<HttpAnswer> {
    await until(() => parseAnswer(this.#bytes) !== undefined || this.ended, 'an answer')
    const parsed = parseAnswer(this.#bytes)
    if (parsed === undefined) throw new Error(`the connection ended without an answer: ${this.text}`)
    if (parsed.answer.status === 101) {
      this.#upgraded = true
      this.#bytes = parsed.rest
      this.#decode()
    }
    return parsed.answer
  }

  /** The whole answer of a server that ends the connection behind it. */
  async answer(): Promise<HttpAnswer> {
    await until(() => this.ended, 'the end of the connection')
    const parsed = parseAnswer(this.#bytes)
    if (parsed === undefined) throw new Error(`the connection ended without an answer: ${this.text}`)
    this.socket.destroy()
    return parsed.answer
  }

  /** The next frame; undefined when the connection ends first. */
  async next(): Promise<Frame | undefined> {
    await until(() => this.frames.length > 0 || this.ended, 'a frame')
    return this.frames.shift()
  }

  /** The next message's payload as text; undefined when the connection ends first. */
  async message(): Promise<string | undefined> {
    for (;;) {
      const frame = await this.next()
      if (frame === undefined) return undefined
      if (frame.opcode < Opcode.close) return frame.payload.toString()
    }
  }

  /** The code and reason of the server's close frame; 1006 when the connection ends without one. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    for (;;) {
      const frame = await this.next()
      if (frame === undefined) return { code: 1006, reason: '' }
      if (frame.opcode !== Opcode.close) continue
      const { payload } = frame
      if (payload.length < 2) return { code: 1005, reason: '' }
      return { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() }
    }
  }

  /** Waits until the connection is gone. */
  async gone(): Promise<void> {
    await until(() => this.ended, 'the end of the connection')
    this.socket.destroy()
  }

  /** Ends TCP with a reset; under TLS with what comes closest. */
  reset(): void {
    if ('encrypted' in this.socket) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  #decode(): void {
    for (;;) {
      const decoded = decodeFrame(this.#bytes)
      if (decoded === undefined) {
        this.#arrived = this.#bytes.length
        this.#wanted = bytesWanted(this.#bytes)
        return
      }
      this.frames.push(decoded.frame)
      this.#bytes = decoded.rest
    }
  }
}

/** Sends bytes and reads the answer: to the end of the connection, or the head alone of a 101, which is cut. */
export async function exchange(address: Address, bytes: Uint8Array | string): Promise<HttpAnswer> {
  const connection = await RawConnection.open(address)
  connection.write(bytes)
  const head = await connection.head()
  if (head.status !== 101) return connection.answer()
  connection.reset()
  return head
}
