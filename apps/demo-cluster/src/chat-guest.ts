import { once } from 'node:events'
import { type ChatEvent, StartError } from 'demo-kit'
import { WebSocket } from 'ws'
import type { DemoProcess } from './demo-process.js'

const PATIENCE_MS = 20_000

type NamedEvent = Extract<ChatEvent, { readonly name: string }>

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

  /**
   * Comes in, and hears who is there: at once, or until the others have been named, by processes that were slow to do so.
   * @throws StartError when they are not named in time.
   */
  static async enter(
    name: string,
    at: DemoProcess,
    room: string,
    others: readonly string[] = [],
  ): Promise<readonly [ChatGuest, readonly string[]]> {
    const webSocket = new WebSocket(`${at.origin}/chat/${room}?name=${encodeURIComponent(name)}`)
    const guest = new ChatGuest(name, at, webSocket)
    await once(webSocket, 'open')
    const presence = await guest.hear('presence', name)
    const here = new Set(presence.type === 'presence' ? presence.names : [])
    while (!others.every((other) => here.has(other))) here.add((await guest.hear('join')).name)
    return [guest, [...here].sort()]
  }

  say(text: string): void {
    this.#webSocket.send(JSON.stringify({ type: 'message', text }))
  }

  /**
   * Waits for what somebody does, anybody when no name is given; what came before it is past.
   * @throws StartError when it does not come in time.
   */
  async hear(type: NamedEvent['type'], name?: string, patienceMs = PATIENCE_MS): Promise<NamedEvent> {
    const giveUpAt = performance.now() + patienceMs
    for (;;) {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        if (event.type === type && 'name' in event && event.name === (name ?? event.name)) return event
      }
      const left = giveUpAt - performance.now()
      if (left <= 0 || this.#webSocket.readyState === WebSocket.CLOSED) {
        throw new StartError(
          `${this.name} at ${this.at.title} did not hear the ${type} of ${name ?? 'everyone'} in time.`,
        )
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
