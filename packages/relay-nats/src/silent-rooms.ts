import type { LogPosition } from '@echosession/core'

/** A room that is followed is read every few seconds; one that was not for so long is forgotten. */
const FORGET_MS = 60_000

interface Silence {
  readonly from: LogPosition
  /** No entry of the room stands, or ever stood, between `from` and here. */
  readonly end: number
  readonly readAt: number
}

/**
 * Remembers how far a room is known to have been silent. The last entry of a silent room goes by its age; without this, who
 * has it could not be told from who missed something that came after it and went too.
 */
export class SilentRooms {
  readonly #rooms = new Map<string, Silence>()

  /** Up to where there is nothing behind a position. */
  endOf(subject: string, position: LogPosition): number {
    return this.#around(subject, position)?.end ?? position.offset
  }

  /** A room was read: it has nothing between a position and an end. */
  note(subject: string, position: LogPosition, end: number): void {
    const from = this.#around(subject, position)?.from ?? position
    const readAt = performance.now()
    this.#rooms.delete(subject)
    this.#rooms.set(subject, { from, end, readAt })
    for (const [oldest, silence] of this.#rooms) {
      if (silence.readAt > readAt - FORGET_MS) break
      this.#rooms.delete(oldest)
    }
  }

  clear(): void {
    this.#rooms.clear()
  }

  #around(subject: string, { epoch, offset }: LogPosition): Silence | undefined {
    const known = this.#rooms.get(subject)
    if (known === undefined || known.from.epoch !== epoch) return undefined
    return known.from.offset <= offset && offset <= known.end ? known : undefined
  }
}
