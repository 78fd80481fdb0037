import type { Spread } from '../statistics.js'
import { ratioText, spreadText } from './number-text.js'
import { escapeHtml } from './page.js'

/** One bar of a plot. */
export interface Bar {
  readonly label: string
  /** Decides on its colour. */
  readonly kind: 'base' | 'own' | 'peer' | 'floor'
  readonly ratio: Spread
}

const ROW = 30
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
const LEFT = 0.4
const RIGHT = 2.5

/** Draws ratios as bars from 1 on a logarithmic scale: to the right is faster. Positions are in percent, so that text keeps its size on a phone. */
export function ratioPlot(title: string, bars: readonly Bar[]): string {
  const low = Math.min(LEFT, ...bars.map(({ ratio }) => ratio.least)) * 0.95
  const high = Math.max(RIGHT, ...bars.map(({ ratio }) => ratio.greatest)) * 1.05
  const at = (ratio: number) => (Math.log(ratio / low) / Math.log(high / low)) * 100
  const percent = (ratio: number) => `${at(ratio).toFixed(2)}%`
  const bottom = bars.length * ROW
  const ticks = TICKS.filter((tick) => tick > low && tick < high).map((tick) => {
    const x = percent(tick)
    return `<line x1="${x}" x2="${x}" y1="0" y2="${bottom}" class="${tick === 1 ? 'one' : 'grid'}"/><text x="${x}" y="${bottom + 14}" text-anchor="middle" class="soft">${tick}</text>`
  })
  const rows = bars.map(({ label, kind, ratio }, index) => {
    const y = index * ROW
    const [from, to] = ratio.median < 1 ? [ratio.median, 1] : [1, ratio.median]
    const width = `${Math.max(0.3, at(to) - at(from)).toFixed(2)}%`
    return [
      `<text x="0" y="${y + 12}">${escapeHtml(label)}</text><text x="100%" y="${y + 12}" text-anchor="end">${ratioText(ratio.median)}</text>`,
      `<rect x="${percent(from)}" y="${y + 17}" width="${width}" height="8" rx="1" class="${kind}"><title>${escapeHtml(`${label}: ${spreadText(ratio)}`)}</title></rect>`,
      `<line x1="${percent(ratio.least)}" x2="${percent(ratio.greatest)}" y1="${y + 21}" y2="${y + 21}" class="whisker"/>`,
    ].join('')
  })
  const name = escapeHtml(title)
  return `<figure><h3>${name}</h3><svg height="${bottom + 20}" role="img" aria-label="${name}">${ticks.join('')}${rows.join('')}</svg></figure>`
}
