import type { Relay, RelayLink, RelaySink } from '../dist/index.js'

/** A relay whose process a test can kill, freeze, or cut off from the engine. */
export class FaultyRelay implements Relay {
  readonly maxPayloadBytes: number
  readonly #relay: Relay
  readonly #held: (() => void)[] = []
  #sink: RelaySink | undefined
  #state: 'well' | 'cut' | 'frozen' | 'killed' = 'well'

  constructor(relay: Relay) {
    this.#relay = relay
    this.maxPayloadBytes = relay.maxPayloadBytes
  }

  get state(): 'well' | 'cut' | 'frozen' | 'killed' {
    return this.#state
  }

  open(sink: RelaySink): RelayLink {
    this.#sink = sink
    const link = this.#relay.open({
      received: (channel, payload) => this.#report(() => sink.received(channel, payload)),
      up: () => this.#report(() => sink.up()),
      down: (error) => this.#report(() => sink.down(error)),
      failed: (stage, error) => sink.failed(stage, error),
    })
    return {
      publish: async (channel, payload) => {
        if (this.#state === 'cut') throw new Error('the connection is cut')
        if (this.#state === 'well') await link.publish(channel, payload)
      },
      subscribe: (channel) => link.subscribe(channel),
      unsubscribe: (channel) => link.unsubscribe(channel),
      close: () => link.close(),
    }
  }

  /** The process is gone, and has not said so. */
  kill(): void {
    this.#state = 'killed'
  }

  /** Nothing goes out or comes in, and it is known. */
  cut(): void {
    this.#state = 'cut'
    this.#sink?.down(new Error('the connection is cut'))
  }

  /** The process stands still; what comes waits. */
  freeze(): void {
    this.#state = 'frozen'
  }

  /** All is well again; what a frozen process sees first is the time. */
  mend(wake = () => {}): void {
    const before = this.#state
    this.#state = 'well'
    wake()
    for (const report of this.#held.splice(0)) report()
    if (before === 'cut') this.#sink?.up()
  }

  #report(report: () => void): void {
    if (this.#state === 'well') report()
    else if (this.#state === 'frozen') this.#held.push(report)
  }
}
