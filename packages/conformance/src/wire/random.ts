/** A seeded source of bytes and numbers: the same seed and label give the same sequence on every machine. */
export interface Random {
  /** The seed of the run that it was made from. */
  readonly seed: number
  /** Returns an integer from 0 to `bound` - 1. */
  below(bound: number): number
  /** Returns `length` bytes. */
  bytes(length: number): Buffer
}

/**
 * Makes a source of its own for one case, so that neither order nor concurrency changes what the case sends.
 *
 * @param seed - the seed of the run
 * @param label - what the sequence is for, for example the id of the case
 */
export function createRandom(seed: number, label: string): Random {
  let state = seed >>> 0
  for (let index = 0; index < label.length; index += 1) {
    state = Math.imul(state ^ label.charCodeAt(index), 0x01000193) >>> 0
  }
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  return {
    seed,
    below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound),
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length)
      for (let index = 0; index < length; index += 1) bytes[index] = next() & 0xff
      return bytes
    },
  }
}
