import type { RelaySink, RelayStage } from '@echosession/core'
import { within } from '@echosession/probe'

/** Writes down what a relay reports, and lets a test wait for it. */
export class RecordingSink implements RelaySink {
  readonly events: string[] = []
  readonly errors: unknown[] = []
  #changed: () => void = () => {}

  received(channel: string, payload: Uint8Array): void {
    this.#write(`${channel} ${Buffer.from(payload).toString('latin1')}`)
  }

  up(): void {
    this.#write('up')
  }

  down(error: unknown): void {
    this.errors.push(error)
    this.#write('down')
  }

  failed(stage: RelayStage, error: unknown): void {
    this.errors.push(error)
    this.#write(`failed ${stage}`)
  }

  /** Waits until an event has come the given number of times. */
  async heard(event: string, times = 1): Promise<void> {
    const enough = () => this.events.filter((other) => other === event).length >= times
    const wait = async () => {
      while (!enough()) {
        await new Promise<void>((resolve) => {
          this.#changed = resolve
        })
      }
    }
    await within(wait(), `${JSON.stringify(event)}, ${times} times,`)
  }

  #write(event: string): void {
    this.events.push(event)
    this.#changed()
  }
}
