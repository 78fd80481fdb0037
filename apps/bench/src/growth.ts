import type { LoadShape, MessageShape } from './generator/job.js'
import type { Sample } from './measure/sample.js'
import type { Figure, Pattern, Step } from './pattern.js'
import { type Spread, spreadOf } from './statistics.js'

const SMALL: MessageShape = { bytes: 32, binary: false }
const TALK: MessageShape = { bytes: 64, binary: false, chat: true }
const MOST = 10_000
const ACTIVE = 10
/** What noise may add to a step without a remark. */
const TOLERANCE = 1.5

function step(
  name: string,
  at: number,
  per: string,
  app: Step['app'],
  message: MessageShape,
  load: LoadShape,
): Step {
  const title = `${name} ${at}`
  return { app, message, load, figures: { cpu: { key: `${name}-${at}`, title, unit: 'µs', per, at } } }
}

const TENS = [1, 10, 100, 1_000, MOST]

/** How cost grows: each pattern varies one number, and its figures say which value they belong to. */
export const GROWTH: readonly Pattern[] = [
  {
    letter: 'connections',
    name: 'connections',
    title: 'Connections, of which ten talk',
    axis: 'connections',
    expected: 'flat',
    steps: TENS.slice(1).map((at) =>
      step('connections', at, 'message', 'echo', SMALL, {
        kind: 'echo',
        connections: ACTIVE,
        depth: 1,
        idle: at - ACTIVE,
      }),
    ),
  },
  {
    letter: 'rooms',
    name: 'rooms',
    title: 'Rooms, with one member each',
    axis: 'rooms',
    expected: 'flat',
    steps: TENS.map((at) =>
      step('rooms', at, 'delivery', 'chat', TALK, {
        kind: 'fan-out',
        connections: at,
        rooms: at,
        burst: 1,
        senders: Math.min(at, ACTIVE),
      }),
    ),
  },
  {
    letter: 'members',
    name: 'members',
    title: 'Members of one room',
    axis: 'members',
    expected: 'flat',
    steps: TENS.map((at) =>
      step('members', at, 'delivery', 'chat', TALK, {
        kind: 'fan-out',
        connections: at,
        rooms: 1,
        burst: 1,
        senders: 1,
      }),
    ),
  },
  {
    letter: 'size',
    name: 'size',
    title: 'Bytes of a message',
    axis: 'bytes',
    expected: 'linear',
    steps: [0, 64, 1_024, 16_384, 65_536, 262_144, 1_048_576].map((at) =>
      step(
        'size',
        at,
        'message',
        'echo',
        { bytes: at, binary: true },
        { kind: 'echo', connections: 4, depth: 1 },
      ),
    ),
  },
]

/** One point of a line. */
export interface GrowthPoint {
  readonly at: number
  readonly cost: Spread
}

/** The points of a target, in the order of what was varied. */
export function pointsOf(
  samples: readonly Sample[],
  figures: readonly Figure[],
  target: string,
): GrowthPoint[] {
  return figures.flatMap(({ key, at = 0 }) => {
    const own = samples.filter((sample) => sample.figure === key && sample.target === target)
    const cost = spreadOf(own.map((sample) => sample.cost))
    return cost === undefined ? [] : [{ at, cost }]
  })
}

/**
 * Says where cost grows by more than it may: not at all for each message where it should be flat, and no more than the
 * bytes where it should be linear.
 */
export function judgeGrowth(points: readonly GrowthPoint[], expected: 'flat' | 'linear'): string {
  const wrong = points.slice(1).flatMap((point, index) => {
    const before = points[index] as GrowthPoint
    const factor = point.cost.median / before.cost.median
    const allowed = expected === 'flat' || before.at === 0 ? 1 : Math.max(1, point.at / before.at)
    return factor > allowed * TOLERANCE && before.at > 0
      ? [`${factor.toFixed(1)} times from ${before.at} to ${point.at}`]
      : []
  })
  if (wrong.length > 0) return `grows ${wrong.join(', ')}`
  return expected === 'flat' ? 'flat for each message' : 'no step worse than linear'
}
