import type { SharedMessage } from './shared-message.js'

/**
 * What a peer that is behind gets when it has caught up: of each key the latest message, in the order of their last
 * change. Bounded; the oldest gives way.
 */
export class LatestMessages {
  readonly #maxBytes: number
  readonly #byKey = new Map<string, SharedMessage>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Payload bytes that are kept; of text, its length in UTF-16 units. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a message. Returns those that are given up for it; itself, when it is larger than all that may be kept. */
  put(key: string, message: SharedMessage): SharedMessage[] {
    const { size } = message
    if (size > this.#maxBytes) return [message]
    const given: SharedMessage[] = []
    const before = this.take(key)
    if (before !== undefined) given.push(before)
    for (const oldest of this.#byKey.keys()) {
      if (this.#bytes + size <= this.#maxBytes) break
      given.push(this.take(oldest) as SharedMessage)
    }
    this.#byKey.set(key, message)
    this.#bytes += size
    return given
  }

  /** Takes out what is kept under a key. */
  take(key: string): SharedMessage | undefined {
    const message = this.#byKey.get(key)
    if (message === undefined) return undefined
    this.#byKey.delete(key)
    this.#bytes -= message.size
    return message
  }

  /** What has been kept longest, still kept. */
  get next(): { readonly key: string; readonly message: SharedMessage } | undefined {
    for (const [key, message] of this.#byKey) return { key, message }
    return undefined
  }

  /** Gives up everything. */
  clear(): SharedMessage[] {
    const given = [...this.#byKey.values()]
    this.#byKey.clear()
    this.#bytes = 0
    return given
  }
}
