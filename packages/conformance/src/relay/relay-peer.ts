import type { RelayLink } from '@echosession/core'
import type { RecordingSink } from './recording-sink.js'
import type { RelayProcess } from './relay-target.js'

/** A relay that a case has opened itself, without sessions. */
export interface RelayPeer {
  readonly process: RelayProcess
  readonly link: RelayLink
  readonly sink: RecordingSink
  /** Publishes text. */
  publish(channel: string, text: string): Promise<void>
}
