import { WebSocket } from 'ws'

/** How long a member waits before it asks again, in milliseconds. */
const RETRY_MS = 200

interface Position {
  readonly epoch: string
  readonly offset: number
}

interface Told extends Position {
  readonly type: string
  readonly recovered?: boolean
  readonly data?: string
}

/** A client in one room with a history: whenever it is away it comes back, to any process, from where it stood. */
export class LogMember {
  /** Everything that it was told, in the order in which it came. */
  readonly heard: string[] = []
  /** How often it has come back and got what it missed. */
  recovered = 0
  /** How often it was told that it cannot have what it missed. */
  unrecovered = 0
  readonly #room: string
  readonly #url: () => string
  #socket: WebSocket | undefined
  #position: Position | undefined

  /** @param url where it goes the next time that it connects. */
  constructor(room: string, url: () => string) {
    this.#room = room
    this.#url = url
    this.#connect()
  }

  /** Breaks its connection without a word. */
  cut(): void {
    this.#socket?.terminate()
  }

  #connect(): void {
    const socket = new WebSocket(this.#url())
    this.#socket = socket
    socket.on('open', () => this.#join(socket))
    socket.on('message', (data) => this.#told(socket, JSON.parse(String(data)) as Told))
    socket.on('error', () => {})
    socket.on('close', () => setTimeout(() => this.#connect(), RETRY_MS))
  }

  #join(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(JSON.stringify({ type: 'join', room: this.#room, since: this.#position }))
  }

  #told(socket: WebSocket, { type, recovered, epoch, offset, data = '' }: Told): void {
    if (type === 'entry') {
      this.heard.push(data)
      if (this.#position !== undefined) this.#position = { epoch: this.#position.epoch, offset }
    } else if (type === 'joined' && recovered === true) this.recovered++
    else if (type === 'joined' || type === 'reset') {
      if (this.#position !== undefined) this.unrecovered++
      this.#position = { epoch, offset }
    } else if (type === 'error') setTimeout(() => this.#join(socket), RETRY_MS)
  }
}
