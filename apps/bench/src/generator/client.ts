import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { decodeFrame, encodeFrame, Opcode } from '@echosession/probe'
import { TOKEN } from '../servers/guard.js'
import { HOST, TCP_GREETING } from '../servers/server-plan.js'
import { ExpectedContent } from './expected-content.js'
import { type ExpectedStream, MAX_CHUNK } from './expected-stream.js'
import type { Job } from './job.js'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
const EXTENSION = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
/** How many bytes of what should not have come are said. */
const QUOTED_BYTES = 32
const HEAD_END = '\r\n\r\n'

// What is read is looked at before the next read, so that all connections can share one buffer.
const chunk = Buffer.allocUnsafeSlow(MAX_CHUNK)

/** What hears of a client. */
export interface ClientListener {
  replies(client: Client, count: number): void
  failed(sentence: string): void
}

/** What a client needs to connect. */
export type ClientSettings = Pick<Job, 'protocol' | 'port' | 'deflate'> & { readonly path?: string }

/** One connection of the load generator. It compares what comes with what has to come, and decodes only what differs. */
export class Client {
  readonly socket: Socket
  readonly #settings: ClientSettings
  readonly #listener: ClientListener
  #expected: ExpectedStream | undefined
  #content: ExpectedContent | undefined
  #position = 0
  #pending: Buffer | undefined
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #hasHead = false
  #closing = false

  private constructor(settings: ClientSettings, listener: ClientListener) {
    this.#settings = settings
    this.#listener = listener
    this.socket = connect({
      port: settings.port,
      host: HOST,
      noDelay: true,
      onread: {
        buffer: chunk,
        callback: (length) => {
          this.#received(chunk.subarray(0, length))
          return true
        },
      },
    })
    this.socket
      .on('error', (error) => this.#lost(error.message))
      .on('close', () => this.#lost('it closed a connection'))
  }

  /** Connects and upgrades. */
  static async open(settings: ClientSettings, listener: ClientListener): Promise<Client> {
    const client = new Client(settings, listener)
    await new Promise<void>((resolve, reject) => {
      client.#opening = { resolve, reject }
      client.socket.once('connect', () => {
        if (settings.protocol !== 'tcp') client.socket.write(client.#upgradeRequest())
      })
    })
    return client
  }

  /** Says what has to come from now on. */
  expect(replies: ExpectedStream | ExpectedContent): void {
    if (replies instanceof ExpectedContent) this.#content = replies
    else this.#expected = replies
    this.#position = 0
  }

  /** Leaves; what comes from now on is of no interest. */
  close(): Promise<void> {
    this.#closing = true
    if (this.socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve())
      this.socket.end()
      setTimeout(() => this.socket.destroy(), 2_000).unref()
    })
  }

  #upgradeRequest(): string {
    const { protocol, port, deflate, path = '/ws' } = this.#settings
    const lines = [
      `GET ${protocol === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : path} HTTP/1.1`,
      `Host: ${HOST}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      'Accept-Language: de, en',
      `Cookie: theme=dark; token=${TOKEN}`,
      ...(deflate ? [`Sec-WebSocket-Extensions: ${EXTENSION}`] : []),
    ]
    return `${lines.join('\r\n')}${HEAD_END}`
  }

  #opened(): void {
    this.#opening?.resolve()
    this.#opening = undefined
  }

  #lost(why: string): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#opening === undefined) this.#listener.failed(`the connection was lost: ${why}`)
    else this.#opening.reject(new Error(`it could not be connected to: ${why}`))
  }

  #fail(sentence: string): void {
    if (this.#opening === undefined) this.#listener.failed(sentence)
    else this.#opening.reject(new Error(sentence))
    this.#closing = true
    this.socket.destroy()
  }

  #received(bytes: Buffer): void {
    const expected = this.#expected
    if (this.#closing) return
    if (expected === undefined || this.#pending !== undefined || !expected.matches(bytes, this.#position)) {
      this.#examine(bytes)
      return
    }
    const end = this.#position + bytes.length
    this.#position = end % expected.period
    const replies = (end - this.#position) / expected.period
    if (replies > 0) this.#listener.replies(this, replies)
  }

  // The slow way: the answer to the handshake, control frames, what has to be decoded, and what should not have come.
  #examine(bytes: Buffer): void {
    let rest: Buffer | undefined = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes])
    this.#pending = undefined
    while (rest !== undefined && rest.length > 0 && !this.#closing) {
      const next: Buffer | undefined = this.#hasHead ? this.#step(rest) : this.#readHead(rest)
      if (next === undefined) this.#pending = Buffer.from(rest)
      rest = next
    }
  }

  // Returns what is left, or undefined when there is not enough yet.
  #readHead(bytes: Buffer): Buffer | undefined {
    const mark = this.#settings.protocol === 'tcp' ? TCP_GREETING : HEAD_END
    const end = bytes.indexOf(mark)
    if (end < 0) return undefined
    const head = bytes.toString('latin1', 0, end)
    if (mark === TCP_GREETING) this.#opened()
    else if (!/^HTTP\/1\.1 101 /.test(head))
      this.#fail(`it answered the handshake with ${head.split('\r\n', 1)[0]}`)
    else if (!head.includes(ACCEPT)) this.#fail('it answered the handshake with a wrong Sec-WebSocket-Accept')
    this.#hasHead = true
    if (this.#settings.protocol === 'websocket') this.#opened()
    return bytes.subarray(end + mark.length)
  }

  #step(bytes: Buffer): Buffer | undefined {
    const expected = this.#expected
    if (expected !== undefined) {
      if (bytes.length < 2 && this.#position === 0) return undefined
      const piece = bytes.subarray(0, Math.min(bytes.length, expected.period - this.#position))
      if (expected.matches(piece, this.#position)) {
        this.#position = (this.#position + piece.length) % expected.period
        if (this.#position === 0) this.#listener.replies(this, 1)
        return bytes.subarray(piece.length)
      }
      if (this.#position > 0 || this.#settings.protocol === 'tcp')
        this.#fail('it sent other bytes than it should')
    }
    const found = decodeFrame(bytes)
    if (found === undefined) return undefined
    const { opcode, payload } = found.frame
    if (opcode === Opcode.ping) this.socket.write(encodeFrame(Opcode.pong, payload))
    else if (opcode === Opcode.close)
      this.#fail(`it closed with ${payload.length < 2 ? 1005 : payload.readUInt16BE()}`)
    else if (opcode !== Opcode.pong)
      this.#message(payload.toString(), bytes.subarray(0, bytes.length - found.rest.length))
    return found.rest
  }

  #message(text: string, frame: Buffer): void {
    if (this.#settings.protocol === 'socket.io') {
      // Engine.IO: 0 opens, 2 is a ping, 3 its pong. Socket.IO in it: 40 connects.
      if (text.startsWith('0{')) return void this.socket.write(encodeFrame(Opcode.text, '40'))
      if (text === '2') return void this.socket.write(encodeFrame(Opcode.text, '3'))
      if (text.startsWith('40{')) {
        this.#opened()
        return
      }
    }
    const wrong =
      this.#content === undefined
        ? `it sent a message that nobody asked for, which begins with the bytes ${frame.toString('hex', 0, QUOTED_BYTES)}`
        : this.#content.judge(frame)
    if (wrong === undefined) this.#listener.replies(this, 1)
    else this.#fail(wrong)
  }
}
