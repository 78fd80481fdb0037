import { addressOf, type Host } from './host.js'
import { isSamePayload, type Payload } from './payload.js'

/** Where a connection is in its life. */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'closing' | 'closed'

/** What came back for a message. */
export interface Answer {
  readonly payload: Payload
  readonly rttMs: number
  /** Whether it is what was sent. */
  readonly isSame: boolean
}

/** Told of what happens on a connection. */
export interface ConnectionListener {
  onState(state: ConnectionState): void
  onSent(payload: Payload): void
  onAnswer(answer: Answer): void
  onClose(code: number, reason: string, wasOpen: boolean): void
}

interface Waiting {
  readonly payload: Payload
  readonly sentAt: number
  readonly resolve: (answer: Answer | undefined) => void
}

/** The connection to one demo's echo, which can be opened and closed again and again. */
export class Connection {
  readonly host: Host
  state: ConnectionState = 'idle'
  readonly #listener: ConnectionListener
  #webSocket: WebSocket | undefined
  #waiting: Waiting[] = []
  #settled: Promise<void> = Promise.resolve()

  constructor(host: Host, listener: ConnectionListener) {
    this.host = host
    this.#listener = listener
  }

  /** Opens the connection, if it is not open. Resolves when that has worked or failed. */
  open(): Promise<void> {
    if (this.state === 'connecting' || this.state === 'open') return this.#settled
    const webSocket = new WebSocket(addressOf(this.host, '/ws'))
    webSocket.binaryType = 'arraybuffer'
    this.#webSocket = webSocket
    let wasOpen = false
    this.#become('connecting')
    this.#settled = new Promise((resolve) => {
      webSocket.addEventListener('open', () => {
        wasOpen = true
        this.#become('open')
        resolve()
      })
      webSocket.addEventListener('close', ({ code, reason }) => {
        resolve()
        if (this.#webSocket !== webSocket) return
        for (const { resolve: answer } of this.#waiting.splice(0)) answer(undefined)
        this.#become('closed')
        this.#listener.onClose(code, reason, wasOpen)
      })
    })
    webSocket.addEventListener('message', ({ data }) => this.#receive(data))
    return this.#settled
  }

  /** Ends the connection. */
  close(): void {
    if (this.state !== 'connecting' && this.state !== 'open') return
    this.#become('closing')
    this.#webSocket?.close(1000)
  }

  /** Sends a message; resolves with the answer, or with nothing when the connection ends before it comes. */
  send(payload: Payload): Promise<Answer | undefined> {
    if (this.state !== 'open') return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#waiting.push({ payload, sentAt: performance.now(), resolve })
      this.#webSocket?.send(payload)
      this.#listener.onSent(payload)
    })
  }

  #receive(data: string | ArrayBuffer): void {
    const cameAt = performance.now()
    // Answers come in the order of the messages, so the oldest one is meant.
    const sent = this.#waiting.shift()
    if (sent === undefined) return
    const payload = typeof data === 'string' ? data : new Uint8Array(data)
    const answer = { payload, rttMs: cameAt - sent.sentAt, isSame: isSamePayload(payload, sent.payload) }
    this.#listener.onAnswer(answer)
    sent.resolve(answer)
  }

  #become(state: ConnectionState): void {
    this.state = state
    this.#listener.onState(state)
  }
}
