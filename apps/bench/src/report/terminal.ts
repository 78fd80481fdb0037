import type { BenchResult } from '../result.js'
import { summarize } from '../statistics.js'
import { CELL_HEADS, cellsOf, HELD_BACK_NOTE } from './number-text.js'

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
