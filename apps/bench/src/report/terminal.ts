import { GROWTH, judgeGrowth, pointsOf } from '../growth.js'
import type { BenchResult } from '../result.js'
import { summarize } from '../statistics.js'
import { CELL_HEADS, cellsOf, costText, HELD_BACK_NOTE } from './number-text.js'

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** Writes how cost grows: one table for each pattern, and what is to be said of each target. */
export function growthTables({ figures, samples, targets }: BenchResult): string {
  return GROWTH.flatMap(({ name, title, expected = 'flat' }) => {
    const own = figures.filter(({ key }) => key.startsWith(`${name}-`))
    const lines = targets
      .map((target) => ({ target: target.name, points: pointsOf(samples, own, target.name) }))
      .filter(({ points }) => points.length > 0)
    const [first] = own
    if (first === undefined || lines.length === 0) return []
    const rows = lines.map(({ target, points }) => [
      target,
      ...own
        .map(({ at }) => points.find((point) => point.at === at)?.cost.median)
        .map((cost) => (cost === undefined ? '' : costText(cost, first))),
    ])
    const verdicts = lines.map(({ target, points }) => `${target}: ${judgeGrowth(points, expected)}`)
    return [...align([[title, ...own.map(({ at }) => String(at))], ...rows]), ...verdicts, '']
  }).join('\n')
}

/** Writes a result for a terminal: one table for each figure. */
export function toTerminal(result: BenchResult): string {
  const summaries = summarize(result.samples)
  const lines: string[] = []
  for (const figure of result.figures) {
    const own = summaries.filter((summary) => summary.figure === figure.key)
    if (own.length === 0) continue
    const rows = own.map((summary) => [summary.target, ...cellsOf(summary, figure)])
    const head = [
      figure.title,
      ...CELL_HEADS.slice(0, 2),
      `${figure.unit === 'bytes' ? '' : 'per '}${figure.per}`,
      ...CELL_HEADS.slice(3),
    ]
    lines.push(...align([head, ...rows]), '')
  }
  if (summaries.some(({ isHeldBack }) => isHeldBack)) lines.push(HELD_BACK_NOTE, '')
  return lines.join('\n')
}
