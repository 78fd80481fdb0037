import type { Verdict } from '../report/report.js'
import type { DeflateOffer } from './deflate.js'
import type { Probe } from './probe.js'
import type { Random } from './random.js'
import type { Round } from './round.js'

/** A verdict of the wire suite. */
export type WireVerdict = Extract<Verdict, 'OK' | 'NON-STRICT' | 'INFORMATIONAL' | 'UNIMPLEMENTED' | 'FAILED'>

/** What a case came to. */
export interface Outcome {
  readonly verdict: WireVerdict
  readonly note?: string
  readonly closeVerdict?: WireVerdict
  readonly closeNote?: string
  readonly limit?: 'message-bytes' | 'fragments'
}

interface CaseHead {
  /** Its number; the number of the well-known suite where it is the same case. */
  readonly id: string
  readonly chapter: string
  readonly title: string
  readonly expectation: string
}

/** A case that is played on an open connection, from either end. */
export interface FrameCase extends CaseHead {
  readonly kind: 'frames'
  /** permessage-deflate offers to make as a client; as a server, the first one says what to ask for. */
  readonly offers?: readonly DeflateOffer[]
  /** Cuts the request into pieces of so many bytes. */
  readonly requestChopBytes?: number
  /** Frames that leave in the same write as the request. */
  readonly early?: (random: Random, isMasked: boolean) => Buffer
  /** Afterwards, checks that the target still serves others. */
  readonly mustSurvive?: boolean
  /** Whether it only records what the target does. */
  readonly isInformational?: boolean
  /** About how much it moves, for cases that take seconds; those with more begin earlier. */
  readonly costBytes?: number
  /** Begins to play; called when the connection is open. */
  play(round: Round): void
}

/** A case about the opening handshake; only a server can be judged by it. */
export interface HandshakeCase extends CaseHead {
  readonly kind: 'handshake'
  run(probe: Probe): Promise<Outcome>
}

/** One case of the wire suite. */
export type WireCase = FrameCase | HandshakeCase
