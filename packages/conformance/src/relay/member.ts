import type { EchoSession, Message } from '@echosession/core'
import type { MemoryClient } from '@echosession/core/memory'

/** A session in rooms, and the client at its other end. */
export class Member {
  readonly client: MemoryClient
  readonly session: EchoSession
  /** What the client has got. */
  readonly received: Message[] = []

  constructor(client: MemoryClient, session: EchoSession) {
    this.client = client
    this.session = session
    void this.#read()
  }

  /** What the client has got, as text. */
  get texts(): string[] {
    return this.received.map((message) => Buffer.from(message.bytes).toString())
  }

  async #read(): Promise<void> {
    for await (const message of this.client) this.received.push(message)
  }
}
