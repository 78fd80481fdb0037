import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { ChatEvent } from '../dist/index.js'

/** Somebody who chats with a server under test. */
export class ChatClient {
  readonly closed: Promise<number>
  readonly #webSocket: WebSocket
  readonly #events: ChatEvent[] = []
  #heard = () => {}

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    this.closed = once(webSocket, 'close').then(([code]) => code as number)
    webSocket.on('message', (bytes) => {
      this.#events.push(JSON.parse(String(bytes)) as ChatEvent)
      this.#heard()
    })
  }

  static async enter(url: string): Promise<ChatClient> {
    const webSocket = new WebSocket(url)
    const client = new ChatClient(webSocket)
    await once(webSocket, 'open')
    return client
  }

  /** Sends an object as a line, anything else as it is. */
  say(line: object | string | Buffer): void {
    this.#webSocket.send(typeof line === 'string' || Buffer.isBuffer(line) ? line : JSON.stringify(line))
  }

  /** The next event, without its time, which has to be one. */
  async next(): Promise<object> {
    while (this.#events.length === 0) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
    const { time, ...event } = this.#events.shift() as ChatEvent
    if (new Date(time).toISOString() !== time) throw new Error(`${time} is no time.`)
    return event
  }

  /** Who is here, for one who has come in: everyone, even whom another process was slow to name. */
  async everyone(count: number): Promise<string[]> {
    const here = new Set<string>()
    while (here.size < count) {
      const event = (await this.next()) as ChatEvent
      if (event.type === 'presence') for (const name of event.names) here.add(name)
      else if (event.type === 'join') here.add(event.name)
      else throw new Error(`${JSON.stringify(event)} is not about who is here.`)
    }
    return [...here].sort()
  }

  close(): void {
    this.#webSocket.close(1000)
  }

  terminate(): void {
    this.#webSocket.terminate()
  }
}
