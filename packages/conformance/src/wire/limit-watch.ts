import { Opcode } from './frame.js'
import type { Peer } from './peer.js'
import type { Outcome } from './wire-case.js'

/** Limits that a target declares; a case beyond one becomes a check of the limit's own close code. */
export interface WireLimits {
  /** The longest message that the target takes, in bytes; a longer one must be answered with 1009. */
  readonly maxMessageBytes?: number
  /** The most frames that a message may have; one with more must be answered with 1008. */
  readonly maxFragments?: number
}

/** Notices when what was sent goes beyond a declared limit. */
export class LimitWatch {
  /** What the target declared. */
  readonly declared: WireLimits
  #bytes = 0
  #fragments = 0
  #isCompressed = false
  #breach: { limit: 'message-bytes' | 'fragments'; codes: number[]; what: string } | undefined

  constructor(limits: WireLimits) {
    this.declared = limits
  }

  /** Whether a message went beyond a limit. */
  get isBreached(): boolean {
    return this.#breach !== undefined
  }

  /**
   * Takes note of a frame that was sent.
   *
   * @param messageBytes - the length of the whole message before compression, with the first frame of one
   */
  sent(opcode: number, payloadBytes: number, messageBytes?: number): void {
    if (opcode > Opcode.binary) return
    if (opcode !== Opcode.continuation) {
      this.#isCompressed = messageBytes !== undefined
      this.#bytes = messageBytes ?? 0
      this.#fragments = 0
    }
    this.#fragments += 1
    if (!this.#isCompressed) this.#bytes += payloadBytes
    const { maxMessageBytes = Number.POSITIVE_INFINITY, maxFragments = Number.POSITIVE_INFINITY } =
      this.declared
    if (this.#bytes > maxMessageBytes) {
      const what = `a message of more than the declared ${maxMessageBytes} bytes`
      this.#breach ??= { limit: 'message-bytes', codes: [1009], what }
    }
    if (this.#fragments > maxFragments) {
      const what = `a message of more than the declared ${maxFragments} fragments`
      this.#breach ??= { limit: 'fragments', codes: [1008], what }
      // A target counts compressed bytes only as it inflates them: either limit may come first then.
      if (this.#isCompressed && this.#breach.limit === 'message-bytes') this.#breach.codes = [1009, 1008]
    }
  }

  /** Judges by the limit, when one was gone beyond. */
  judge(peer: Peer, receivedCount: number): Outcome | undefined {
    if (this.#breach === undefined) return undefined
    const { limit, codes, what } = this.#breach
    const wanted = codes.join(' or ')
    const refused = !peer.closedByUs
    const note = `declared limit: ${what} must be refused with ${wanted}; ${receivedCount} events came before`
    const base = { limit, note, verdict: refused ? ('OK' as const) : ('FAILED' as const) }
    if (!refused)
      return { ...base, closeVerdict: 'FAILED', closeNote: 'the target did not refuse the message' }
    if (peer.closeCode !== undefined && codes.includes(peer.closeCode)) return { ...base, closeVerdict: 'OK' }
    if (peer.closeCode === undefined && peer.wasReset) {
      return {
        ...base,
        closeVerdict: 'NON-STRICT',
        closeNote: `TCP was reset before a close frame could be read`,
      }
    }
    const got = peer.closeCode === undefined ? 'the end of TCP without a code' : `${peer.closeCode}`
    return { ...base, closeVerdict: 'FAILED', closeNote: `WRONG CODE: ${got} came, expected ${wanted}` }
  }
}
