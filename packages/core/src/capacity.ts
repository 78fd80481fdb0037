/** Counts connections, all together and per key, from the begin of the handshake to the end of the socket. */
export class Capacity {
  readonly #max: number
  readonly #maxPerKey: number
  readonly #perKey = new Map<string, number>()
  #taken = 0

  constructor(max: number, maxPerKey: number) {
    this.#max = max
    this.#maxPerKey = maxPerKey
  }

  /** How many are taken now. */
  get taken(): number {
    return this.#taken
  }

  /** How many keys hold a place: one that holds none costs nothing. */
  get keys(): number {
    return this.#perKey.size
  }

  /** Whether connections are counted per key at all. */
  get perKey(): boolean {
    return this.#maxPerKey !== Number.POSITIVE_INFINITY
  }

  /** Takes one place, or says which cap stands in the way. */
  take(key: string): 'taken' | 'full' | 'key-full' {
    if (this.#taken >= this.#max) return 'full'
    if (this.perKey) {
      const held = this.#perKey.get(key) ?? 0
      if (held >= this.#maxPerKey) return 'key-full'
      this.#perKey.set(key, held + 1)
    }
    this.#taken++
    return 'taken'
  }

  /** Gives a place back. */
  release(key: string): void {
    this.#taken--
    if (!this.perKey) return
    const held = this.#perKey.get(key) ?? 0
    if (held <= 1) this.#perKey.delete(key)
    else this.#perKey.set(key, held - 1)
  }
}
