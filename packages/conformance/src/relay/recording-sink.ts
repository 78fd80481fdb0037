import type { RelaySink, RelayStage as Stage } from '@echosession/core'

/** A payload that has come. */
export interface Arrival {
  readonly channel: string
  readonly payload: Uint8Array
}

/** Records everything that a relay reports. */
export class RecordingSink implements RelaySink {
  readonly arrivals: Arrival[] = []
  /** `up`, `down` and the stages of `failed`, in order. */
  readonly events: string[] = []
  readonly errors: unknown[] = []

  received(channel: string, payload: Uint8Array): void {
    this.arrivals.push({ channel, payload })
  }

  up(): void {
    this.events.push('up')
  }

  down(error: unknown): void {
    this.events.push('down')
    this.errors.push(error)
  }

  failed(stage: Stage, error: unknown): void {
    this.events.push(`failed ${stage}`)
    this.errors.push(error)
  }

  /** How often something was reported. */
  count(event: string): number {
    return this.events.filter((one) => one === event).length
  }

  /** What has come on a channel, as text. */
  texts(channel: string): string[] {
    return this.on(channel).map((payload) => Buffer.from(payload).toString())
  }

  /** What has come on a channel. */
  on(channel: string): Uint8Array[] {
    return this.arrivals.filter((one) => one.channel === channel).map(({ payload }) => payload)
  }
}
