/** Messages to several rooms that are remembered, so that their copies are known. */
const MAX_COPIES = 4_096

/** A message to several rooms goes out on each one's channel: knows which of its copies is the first. */
export class MessageCopies {
  readonly #seen = new Set<string>()
  #nextId = 1

  /** A number that the copies of one message of this process have in common, never 0. */
  takeId(): number {
    const id = this.#nextId
    this.#nextId = id === 0xffff_ffff ? 1 : id + 1
    return id
  }

  /** Whether another copy of the message has come by another room's channel. */
  has(publisher: string, copyId: number): boolean {
    if (copyId === 0) return false
    const copy = `${publisher}.${copyId}`
    if (this.#seen.has(copy)) return true
    this.#seen.add(copy)
    if (this.#seen.size > MAX_COPIES) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    return false
  }
}
