import type { Figure } from '../pattern.js'
import type { Spread, Summary } from '../statistics.js'

const SCALES = { µs: 1e6, ms: 1e3, bytes: 1 } as const

/** Writes a ratio with as many digits as mean something. */
export function ratioText(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)
}

/** Writes a spread as `median (least–greatest)`. */
export function spreadText({ median, least, greatest }: Spread): string {
  return `${ratioText(median)} (${ratioText(least)}–${ratioText(greatest)})`
}

/** Writes a cost in the unit of its figure. */
export function costText(cost: number, { unit }: Pick<Figure, 'unit'>): string {
  const value = cost * SCALES[unit]
  if (unit === 'bytes') return `${(value / 1024).toFixed(1)} KiB`
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(2)} ${unit}`
}

/** Writes a share of a CPU in percent. */
export function shareText(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`
}

/** What a row of a table says of one target. */
export function cellsOf(summary: Summary, figure: Figure): string[] {
  return [
    spreadText(summary.ratio),
    summary.wallRatio === undefined ? '' : spreadText(summary.wallRatio),
    costText(summary.cost.median, figure),
    shareText(summary.serverShare),
    `${shareText(summary.generatorShare)}${summary.isHeldBack ? ' !' : ''}`,
  ]
}

/** The heads of the columns that {@link cellsOf} fills. */
export const CELL_HEADS = ['CPU ratio', 'wall ratio', 'cost', 'server', 'generator'] as const

/** What the mark in the last column means. */
export const HELD_BACK_NOTE = '! the load generator held this server back; its wall ratio is too low'
