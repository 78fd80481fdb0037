import type { TranscriptEntry } from '../report/report.js'

const PREVIEW_BYTES = 48

/** Shows the beginning of some bytes: as text when they are printable ASCII, in hex otherwise. */
export function preview(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, PREVIEW_BYTES))
  const rest = bytes.length > PREVIEW_BYTES ? '…' : ''
  const printable = head.every((byte) => byte >= 0x20 && byte < 0x7f)
  return printable ? `"${head.toString('latin1')}${rest}"` : `0x${head.toString('hex')}${rest}`
}

/** Records what was sent and received in one case, up to a bound; what is beyond it is counted, not kept. */
export class Transcript {
  readonly #startedAt = performance.now()
  readonly #entries: TranscriptEntry[] = []
  readonly #maxEntries: number
  #dropped = 0
  #muted = false

  /** @param maxEntries - how many lines are kept */
  constructor(maxEntries = 120) {
    this.#maxEntries = maxEntries
  }

  /** Adds a line about a frame; it is only worded when it is kept. */
  addFrame(kind: 'sent' | 'received', describe: () => string): void {
    if (this.#muted) return
    if (this.#entries.length >= this.#maxEntries) this.#dropped += 1
    else this.add(kind, describe())
  }

  /** Adds one line. */
  add(kind: TranscriptEntry['kind'], text: string): void {
    if (this.#muted && kind !== 'note') return
    if (this.#entries.length >= this.#maxEntries) {
      this.#dropped += 1
      return
    }
    const atMs = Math.round((performance.now() - this.#startedAt) * 10) / 10
    this.#entries.push({ atMs, kind, text })
  }

  /** Stops or resumes recording frames, for cases that move a lot of data. */
  mute(muted: boolean): void {
    if (muted !== this.#muted)
      this.add('note', muted ? 'frames are not recorded from here' : 'frames are recorded again')
    this.#muted = muted
  }

  /** Returns the lines, with a last one that says how many were left out. */
  entries(maxEntries = this.#maxEntries): TranscriptEntry[] {
    const kept = this.#entries.slice(0, maxEntries)
    const missing = this.#dropped + this.#entries.length - kept.length
    const last = this.#entries.at(-1)
    if (missing > 0)
      kept.push({ atMs: last?.atMs ?? 0, kind: 'note', text: `${missing} more lines are not shown` })
    return kept
  }
}
