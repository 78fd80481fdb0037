import type { Relay, RelayLink, RelaySink } from '@echosession/core'

/** What a case may do to a payload on its way. */
export interface Tap {
  /** Whether a payload that goes out is lost without a word. */
  loses?(channel: string, payload: Uint8Array): boolean
  /** What `publish` is answered with instead, or undefined. */
  answers?(channel: string, payload: Uint8Array): Promise<void> | undefined
  /** What `subscribe` is answered with instead, or undefined. */
  admits?(channel: string): Promise<void> | undefined
  /** What `close` is answered with after the relay is closed, or undefined. */
  closes?(): Promise<void> | undefined
}

/** The relay of a target, with a tap on it: what goes through it can be seen, lost, and added to. */
export class TappedRelay implements Relay {
  readonly published: { readonly channel: string; readonly payload: Uint8Array }[] = []
  readonly arrived: { readonly channel: string; readonly payload: Uint8Array }[] = []
  /** The channels that are subscribed to now. */
  readonly channels = new Set<string>()
  /** Those of them whose subscription was confirmed. */
  readonly standing = new Set<string>()
  /** How often each channel was asked for. */
  readonly asked: string[] = []
  /** The channels that were given up, in order. */
  readonly givenUp: string[] = []
  readonly #relay: Relay
  tap: Tap
  sink: RelaySink | undefined
  ups = 0
  downs = 0
  closed = 0

  constructor(relay: Relay, tap: Tap) {
    this.#relay = relay
    this.tap = tap
  }

  get maxPayloadBytes(): number {
    return this.#relay.maxPayloadBytes
  }

  open(sink: RelaySink): RelayLink {
    this.sink = sink
    const link = this.#relay.open({
      received: (channel, payload) => {
        this.arrived.push({ channel, payload: payload.slice() })
        sink.received(channel, payload)
      },
      up: () => {
        this.ups++
        sink.up()
      },
      down: (error) => {
        this.downs++
        sink.down(error)
      },
      failed: (stage, error) => sink.failed(stage, error),
    })
    return {
      publish: (channel, payload) => {
        const { loses, answers } = this.tap
        this.published.push({ channel, payload: payload.slice() })
        if (loses?.(channel, payload)) return Promise.resolve()
        return answers?.(channel, payload) ?? link.publish(channel, payload)
      },
      subscribe: async (channel) => {
        this.asked.push(channel)
        const answer = this.tap.admits?.(channel)
        if (answer !== undefined) return answer
        this.channels.add(channel)
        await link.subscribe(channel)
        this.standing.add(channel)
      },
      unsubscribe: (channel) => {
        this.givenUp.push(channel)
        this.channels.delete(channel)
        this.standing.delete(channel)
        return link.unsubscribe(channel)
      },
      close: async () => {
        this.closed++
        await link.close()
        await this.tap.closes?.()
      },
    }
  }

  /** Reports a payload as if it had come from the engine. */
  inject(channel: string, payload: Uint8Array): void {
    this.sink?.received(channel, payload)
  }
}
