import { roomIndex } from './rooms.js'

/** What one process has got of the others, by publisher and room. */
export class Ledger {
  /** How many different messages of each publisher have come, for each room. */
  readonly heard: Record<string, number> = {}
  /** How many messages were reported as lost, for each room. */
  readonly gaps: Record<string, number> = {}
  doubled = 0
  disordered = 0
  readonly #last = new Map<string, number>()

  /** A member of a room has got a message: who sent it, and its number. */
  arrived(room: number, text: string): void {
    const [publisher = '', number = ''] = text.split(' ')
    const series = `${publisher}/${room}`
    const last = this.#last.get(series) ?? 0
    const now = Number(number)
    if (now === last) this.doubled++
    else if (now < last) this.disordered++
    else {
      this.#last.set(series, now)
      this.heard[series] = (this.heard[series] ?? 0) + 1
    }
  }

  /** The engine has reported a gap. */
  gap(room: string | undefined, lost: number): void {
    const key = room === undefined ? 'everyone' : String(roomIndex(room))
    this.gaps[key] = (this.gaps[key] ?? 0) + lost
  }
}
