import type { Relay, RelayLink } from '../dist/index.js'

/** Something that a relay was asked, which the test answers when it likes. */
export interface Asked {
  readonly what: 'publish' | 'subscribe' | 'unsubscribe' | 'close'
  readonly channel: string
  readonly payload: Uint8Array
  readonly answer: () => void
  readonly refuse: (error: unknown) => void
}

/** A relay that answers only what the test answers. */
export class AskedRelay implements Relay, RelayLink {
  readonly maxPayloadBytes: number
  /** Everything that it was asked, in order. */
  readonly asked: Asked[] = []

  constructor(maxPayloadBytes = 16_777_216) {
    this.maxPayloadBytes = maxPayloadBytes
  }

  /** What it was asked, as text. */
  get log(): string[] {
    return this.asked.map(({ what, channel }) => `${what} ${channel}`.trim())
  }

  /** What it was asked last. */
  get last(): Asked {
    const last = this.asked.at(-1)
    if (last === undefined) throw new Error('The relay was asked nothing.')
    return last
  }

  open(): RelayLink {
    return this
  }

  publish(channel: string, payload: Uint8Array): Promise<void> {
    return this.#ask('publish', channel, payload)
  }

  subscribe(channel: string): Promise<void> {
    return this.#ask('subscribe', channel)
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#ask('unsubscribe', channel)
  }

  close(): Promise<void> {
    return this.#ask('close')
  }

  #ask(what: Asked['what'], channel = '', payload: Uint8Array = new Uint8Array(0)): Promise<void> {
    return new Promise((answer, refuse) => {
      this.asked.push({ what, channel, payload, answer, refuse })
    })
  }
}
