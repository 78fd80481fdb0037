import type { SessionDefinition, Sessions } from '@echosession/core'
import { connect, type MemoryClient } from '@echosession/core/memory'
import { turn } from '../contract/patience.js'

/** What the exchange tells a client. */
export interface LogFrame {
  readonly type: string
  readonly room?: string
  readonly recovered?: boolean
  readonly epoch?: string
  readonly offset?: number
  readonly data?: string
  readonly base64?: string
  readonly code?: string
  readonly message?: string
}

/** A client that keeps its position as LOG.md says, over any number of connections. */
export class LogMember {
  /** The messages since it last had to begin anew. */
  has: string[] = []
  /** Everything that it was told, over all its connections. */
  readonly heard: LogFrame[] = []
  readonly #room: string
  #since: { readonly epoch: string; readonly offset: number } | undefined
  #client: MemoryClient | undefined

  constructor(room: string) {
    this.#room = room
  }

  /** Connects to a process, leaving the one before, and asks for what it missed. */
  async come(sessions: Sessions, definition: SessionDefinition): Promise<MemoryClient> {
    this.#client?.terminate()
    const client = await connect(definition, { sessions })
    this.#client = client
    this.#ask(client)
    void this.#listen(client)
    return client
  }

  /** Leaves without a word. */
  leave(): void {
    this.#client?.terminate()
    this.#client = undefined
  }

  /** Sends something to the application. */
  say(text: string): void {
    this.#client?.send(text)
  }

  #ask(client: MemoryClient): void {
    client.send(JSON.stringify({ type: 'join', room: this.#room, since: this.#since }))
  }

  async #listen(client: MemoryClient): Promise<void> {
    for await (const message of client) {
      if (client !== this.#client) return
      const frame = message.json() as LogFrame
      this.heard.push(frame)
      const { type, recovered, epoch = '', offset = -1, data = '' } = frame
      // The engine may not be there yet; a turn later, so that it can come.
      if (type === 'error' && frame.code === 'ES_ERR_LOG' && frame.room !== undefined) {
        await turn()
        this.#ask(client)
      }
      if (type === 'reset' || (type === 'joined' && recovered === false)) {
        this.has = []
        this.#since = { epoch, offset }
      } else if (type === 'entry') {
        this.has.push(data)
        this.#since = { epoch: this.#since?.epoch ?? '', offset }
      }
    }
  }
}
