/** A whole number from 0 up to, and not including, `below`. */
export type Random = (below: number) => number

/** Numbers that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** One of these. */
export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random(values.length)] as Value
}
