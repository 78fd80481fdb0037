import { cut, streamOf } from './frames.js'
import { type Case, createCase, openLane, openWebSocket, play } from './play.js'
import { createRandom } from './random.js'

/** Plays a case to both. Returns what is different, or undefined. */
async function compare(which: string, one: Case): Promise<string | undefined> {
  const [expected, actual] = await Promise.all([play(one, openWebSocket), play(one, openLane)])
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
      crowded: false,
    })
    if (difference !== undefined) return difference
  }
  return undefined
}
