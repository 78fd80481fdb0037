import { TokenBucket } from './token-bucket.js'

/** The two rates of one session. */
export class RateLimit {
  readonly #messages: TokenBucket
  readonly #bytes: TokenBucket

  constructor(messagesPerSecond: number, bytesPerSecond: number, now: number) {
    this.#messages = new TokenBucket(messagesPerSecond, now)
    this.#bytes = new TokenBucket(bytesPerSecond, now)
  }

  /** Takes a message or control frame; false when it is one too many. */
  take(bytes: number, now: number): boolean {
    return this.#messages.take(1, now) && this.#bytes.take(bytes, now)
  }
}

/** Makes the limit, or nothing when neither rate has one. */
export function createRateLimit(
  messagesPerSecond: number,
  bytesPerSecond: number,
  now: number,
): RateLimit | undefined {
  const unlimited = Math.min(messagesPerSecond, bytesPerSecond) === Number.POSITIVE_INFINITY
  return unlimited ? undefined : new RateLimit(messagesPerSecond, bytesPerSecond, now)
}
