import type { GapEvent } from '@echosession/core'
import { Recorder } from '../contract/recorder.js'

/** Records everything that an observer is told, gaps too. */
export class RelayRecorder extends Recorder {
  readonly gaps: GapEvent[] = []

  onGap(event: GapEvent): void {
    this.gaps.push(event)
  }

  /** How many messages to a room were reported as lost. */
  lostIn(room: string | undefined): number {
    return this.gaps.filter((gap) => gap.room === room).reduce((sum, { lost }) => sum + lost, 0)
  }

  /** The errors of the relay. */
  get relayErrors(): unknown[] {
    return this.errors.filter(({ phase }) => phase === 'relay').map(({ error }) => error)
  }
}
