import type { GrowthPoint } from '../growth.js'
import { escapeHtml } from './page.js'

/** One line of a plot. */
export interface Line {
  readonly label: string
  readonly kind: 'base' | 'own' | 'peer' | 'floor'
  readonly points: readonly GrowthPoint[]
}

const HEIGHT = 180
const TOP = 16

function short(value: number): string {
  if (value >= 1_048_576 && value % 1_048_576 === 0) return `${value / 1_048_576} Mi`
  if (value >= 1_024 && value % 1_024 === 0) return `${value / 1_024} Ki`
  return value >= 10_000 ? `${value / 1_000} k` : String(value)
}

/** Draws costs in microseconds over what was varied, both on logarithmic scales. */
export function linePlot(title: string, axis: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points)
  const costs = points.map(({ cost }) => cost.median * 1e6)
  const low = Math.min(...costs) / 1.5
  const high = Math.max(...costs) * 1.5
  const ats = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b)
  // The values stand at equal distances, since they are powers of ten or nearly so.
  const x = (at: number) => `${(8 + (ats.indexOf(at) / Math.max(1, ats.length - 1)) * 84).toFixed(2)}%`
  const y = (cost: number) => TOP + HEIGHT - (Math.log(cost / low) / Math.log(high / low)) * HEIGHT
  const marks = ats.map(
    (at) =>
      `<text x="${x(at)}" y="${TOP + HEIGHT + 16}" text-anchor="middle" class="soft">${short(at)}</text>`,
  )
  const drawn = lines.flatMap(({ kind, label, points: own }) =>
    own.map(({ at, cost }, index) => {
      const value = cost.median * 1e6
      const top = y(value).toFixed(1)
      const before = own[index - 1]
      const stroke =
        before === undefined
          ? ''
          : `<line x1="${x(before.at)}" y1="${y(before.cost.median * 1e6).toFixed(1)}" x2="${x(at)}" y2="${top}" class="line-${kind}"/>`
      const text = value >= 100 ? value.toFixed(0) : value.toFixed(1)
      return `${stroke}<circle cx="${x(at)}" cy="${top}" r="3" class="${kind}"><title>${escapeHtml(`${label}, ${at} ${axis}: ${text} µs`)}</title></circle><text x="${x(at)}" y="${(y(value) - 7).toFixed(1)}" text-anchor="middle" class="soft">${text}</text>`
    }),
  )
  const name = escapeHtml(`${title}: µs for each message or delivery`)
  return `<figure><h3>${name}</h3><svg height="${TOP + HEIGHT + 24}" role="img" aria-label="${name}">${marks.join('')}${drawn.join('')}</svg></figure>`
}
