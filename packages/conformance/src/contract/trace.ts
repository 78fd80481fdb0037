/** What happened, in order: handlers write into it, cases read it. */
export class Trace {
  readonly #entries: string[] = []

  /** Adds one entry. */
  add(entry: string): void {
    this.#entries.push(entry)
  }

  /** How many entries are equal to this one, or how many there are. */
  count(entry?: string): number {
    return entry === undefined ? this.#entries.length : this.#entries.filter((one) => one === entry).length
  }

  /** Whether there is such an entry. */
  has(entry: string): boolean {
    return this.#entries.includes(entry)
  }

  /** All entries so far. */
  get entries(): readonly string[] {
    return this.#entries
  }
}
