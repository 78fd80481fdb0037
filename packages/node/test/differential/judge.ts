import { cut, streamOf } from './frames.js'
import { type Case, createCase, type Open, openCarried, openLane, openWebSocket, play } from './play.js'
import { createRandom } from './random.js'

/** Plays a case to `ws` and to a port under test. Returns what is different, or undefined. */
async function compare(which: string, one: Case, open: Open = openLane): Promise<string | undefined> {
  const [expected, actual] = await Promise.all([play(one, openWebSocket), play(one, open)])
  if (actual === expected) return undefined
  const bytes = one.chunks.map((chunk) => chunk.toString('hex')).join(' ')
  return `${which}\nsent: ${bytes}\nws: ${JSON.stringify(expected)}\nlane: ${JSON.stringify(actual)}`
}

/** Judges the case of a seed. Returns what is different, or undefined. */
export function judgeSeed(seed: number): Promise<string | undefined> {
  const random = createRandom(seed)
  const chunks = cut(random, streamOf(random))
  return compare(`case ${seed}`, createCase(random, chunks))
}

// Where threads are at work they are taken to be done when nothing has come of them for so long; in vain, if they are busy
// with other cases or the machine stands still. So what is different is looked at again, alone and for longer.
const QUIET_MS = 10
const LONGER_QUIET_MS = [60, 1_500]
/** As many cases wait for their threads at a time. */
const AT_A_TIME = 25

// Judges the case of a seed where messages are compressed, where the lane takes them and where all is left to ws.
async function judgeDeflatedSeed(seed: number, quietMs: number): Promise<string | undefined> {
  const random = createRandom(seed)
  const chunks = cut(random, streamOf(random, true))
  const one = createCase(random, chunks, quietMs)
  const differences = [
    await compare(`deflated case ${seed}`, one, openLane),
    await compare(`carried case ${seed}`, one, openCarried),
  ]
  return differences.find((difference) => difference !== undefined)
}

/**
 * Judges the cases of consecutive seeds where messages are compressed. Returns the first difference, or undefined.
 * @param to the seed behind the last.
 */
export async function judgeDeflatedSeeds(from: number, to: number): Promise<string | undefined> {
  for (let first = from; first < to; first += AT_A_TIME) {
    const length = Math.min(AT_A_TIME, to - first)
    const seeds = Array.from({ length }, (_, index) => first + index)
    const differences = await Promise.all(seeds.map((seed) => judgeDeflatedSeed(seed, QUIET_MS)))
    for (const [index, seed] of seeds.entries()) {
      let difference = differences[index]
      for (const quietMs of LONGER_QUIET_MS) {
        if (difference !== undefined) difference = await judgeDeflatedSeed(seed, quietMs)
      }
      if (difference !== undefined) return difference
    }
  }
  return undefined
}

/** How many boundaries of a stream are looked at, at most: of one with a large message every second or third. */
const MOST_BOUNDARIES = 8_000

/** Judges the stream of a seed cut in two at every one of its boundaries. */
export async function judgeBoundaries(seed: number): Promise<string | undefined> {
  const random = createRandom(seed)
  const bytes = streamOf(random)
  const { reactions } = createCase(random, [])
  const step = Math.ceil(bytes.length / MOST_BOUNDARIES)
  for (let at = 1; at < bytes.length; at += step) {
    const chunks = [bytes.subarray(0, at), bytes.subarray(at)]
    const difference = await compare(`stream ${seed} cut at ${at}`, {
      chunks,
      reactions,
      interludes: [],
      quietMs: 0,
      crowded: false,
    })
    if (difference !== undefined) return difference
  }
  return undefined
}
