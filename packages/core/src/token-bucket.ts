/** Allows a rate with a burst of one second's worth. */
export class TokenBucket {
  readonly #perSecond: number
  #tokens: number
  #at: number

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
    this.#at = now
  }

  /** Takes tokens; false when the rate is exceeded. */
  take(count: number, now: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    this.#tokens -= count
    return this.#tokens >= 0
  }
}
