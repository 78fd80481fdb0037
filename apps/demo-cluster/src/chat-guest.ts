import { once } from 'node:events'
import { type ChatEvent, StartError } from 'demo-kit'
import { WebSocket } from 'ws'
import type { DemoProcess } from './demo-process.js'

const PATIENCE_MS = 20_000

/** Somebody who chats by way of one of the processes. */
export class ChatGuest {
  readonly name: string
  readonly at: DemoProcess
  readonly #webSocket: WebSocket
  readonly #events: ChatEvent[] = []
  #listening = () => {}

  private constructor(name: string, at: DemoProcess, webSocket: WebSocket) {
    this.name = name
    this.at = at
    this.#webSocket = webSocket
    webSocket.on('message', (bytes) => {
      this.#events.push(JSON.parse(String(bytes)) as ChatEvent)
      this.#listening()
    })
    webSocket.on('error', () => {})
    webSocket.on('close', () => this.#listening())
  }

  /** Comes in, and hears who is there. */
  static async enter(
    name: string,
    at: DemoProcess,
    room: string,
  ): Promise<readonly [ChatGuest, readonly string[]]> {
    const webSocket = new WebSocket(`${at.origin}/chat/${room}?name=${encodeURIComponent(name)}`)
    const guest = new ChatGuest(name, at, webSocket)
    await once(webSocket, 'open')
    const presence = await guest.hear('presence', name)
    return [guest, presence.type === 'presence' ? presence.names : []]
  }

  say(text: string): void {
    this.#webSocket.send(JSON.stringify({ type: 'message', text }))
  }

  /**
   * Waits for what somebody does; what came before it is past.
   * @throws StartError when it does not come in time.
   */
  async hear(type: ChatEvent['type'], name: string, patienceMs = PATIENCE_MS): Promise<ChatEvent> {
    const giveUpAt = performance.now() + patienceMs
    for (;;) {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        if (event.type === type && 'name' in event && event.name === name) return event
      }
      const left = giveUpAt - performance.now()
      if (left <= 0 || this.#webSocket.readyState === WebSocket.CLOSED) {
        throw new StartError(`${this.name} at ${this.at.title} did not hear the ${type} of ${name} in time.`)
      }
      await this.#next(left)
    }
  }

  leave(): void {
    this.#webSocket.close(1000)
  }

  #next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, ms)
      this.#listening = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }
}
