import { once } from 'node:events'
import type { Socket } from 'node:net'
import { openSocket, readResponse, writeInPieces } from './connection.js'
import {
  formatRequest,
  type HeaderField,
  type HttpResponse,
  handshakeFields,
  type WireTarget,
} from './handshake.js'
import type { Random } from './random.js'
import { preview, Transcript } from './transcript.js'

/** A server may answer before it has read everything; between two writes there is time to take that in. */
const WRITE_BYTES = 16 * 1024

/**
 * How often a request of several writes is made whose connection is reset before its answer: a server that answers before
 * it has read everything may reset what it leaves unread, and the answer can be lost with it (RFC 9112 section 9.6).
 */
const ATTEMPTS = 4

/** What came back for a request. */
export interface Exchange {
  /** The answer, or undefined when none came. */
  readonly response: HttpResponse | undefined
  /** Whether TCP had ended, instead of staying silent, when there is no answer. */
  readonly ended: boolean
  /** The key that the request was made with. */
  readonly key: string
}

/** What a handshake case works with. */
export class Probe {
  readonly target: WireTarget
  readonly random: Random
  readonly transcript: Transcript
  readonly #timeoutMs: number

  constructor(target: WireTarget, random: Random, transcript: Transcript, timeoutMs: number) {
    this.target = target
    this.random = random
    this.transcript = transcript
    this.#timeoutMs = timeoutMs
  }

  /**
   * Sends a handshake, changed as a case wants it, and reads the answer.
   *
   * @param change - takes the fields of a valid handshake and returns those to send
   * @param options - the request line, and what follows the header
   */
  async handshake(
    change: (fields: HeaderField[]) => readonly HeaderField[],
    options: { readonly requestLine?: string; readonly body?: Buffer; readonly chopBytes?: number } = {},
  ): Promise<Exchange> {
    const key = this.random.bytes(16).toString('base64')
    const requestLine = options.requestLine ?? `GET ${this.target.path} HTTP/1.1`
    const fields = change(handshakeFields(this.target, key))
    const body = options.body ?? Buffer.alloc(0)
    const request = Buffer.concat([Buffer.from(formatRequest(requestLine, fields), 'latin1'), body])
    const exchange = await this.exchange(request, options.chopBytes)
    return { ...exchange, key: fields.find(([name]) => name === 'Sec-WebSocket-Key')?.[1] ?? key }
  }

  /** Sends any bytes as a request, and reads the answer. */
  async exchange(request: Buffer, chopBytes = WRITE_BYTES): Promise<Omit<Exchange, 'key'>> {
    const lines = request.toString('latin1').split('\r\n')
    for (const line of lines.slice(0, 12)) if (line !== '') this.transcript.add('sent', line.slice(0, 160))
    if (lines.length > 14)
      this.transcript.add('sent', `and ${lines.length - 14} more lines, ${request.length} B in all`)
    for (let left = request.length > chopBytes ? ATTEMPTS - 1 : 0; ; left -= 1) {
      const { isReset, ...exchange } = await this.#attempt(request, chopBytes)
      if (!isReset || exchange.response !== undefined || left === 0) return exchange
      this.transcript.add('note', 'the connection was reset, and the answer may be lost with it: once more')
    }
  }

  async #attempt(request: Buffer, chopBytes: number): Promise<Omit<Exchange, 'key'> & { isReset: boolean }> {
    let socket: Socket
    try {
      socket = await openSocket(this.target)
    } catch (error) {
      this.transcript.add('note', `no connection: ${(error as Error).message}`)
      return { response: undefined, ended: true, isReset: false }
    }
    let ended = false
    let isReset = false
    socket.on('error', () => {
      ended = true
      isReset = true
    })
    socket.on('end', () => {
      ended = true
    })
    const written = writeInPieces(socket, request, chopBytes)
    const response = await readResponse(socket, this.#timeoutMs, written)
    if (response === undefined)
      this.transcript.add('note', ended ? 'TCP ended without an answer' : 'no answer came')
    else {
      this.transcript.add('received', `${response.httpVersion} ${response.status} ${response.statusText}`)
      for (const [name, value] of response.fields) this.transcript.add('received', `${name}: ${value}`)
      if (response.rest.length > 0)
        this.transcript.add('received', `${response.rest.length} B ${preview(response.rest)}`)
    }
    const closed = socket.closed ? Promise.resolve() : once(socket, 'close')
    socket.destroy()
    await closed
    return { response, ended, isReset }
  }

  /** Tells whether the target still accepts a newcomer; whether it echoes right is for other cases to judge. */
  async isServing(): Promise<boolean> {
    const other = new Probe(this.target, this.random, new Transcript(), this.#timeoutMs)
    const exchange = await other.handshake((fields) => fields)
    const isServing = exchange.response?.status === 101
    if (!isServing) this.transcript.add('note', 'afterwards a newcomer is not accepted')
    return isServing
  }
}
