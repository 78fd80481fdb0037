import {
  type CaseReport,
  countVerdicts,
  isFailedCase,
  overallVerdict,
  type Report,
  type Verdict,
} from './report.js'

const MARKS: Record<Verdict, string> = {
  OK: 'ok',
  'NON-STRICT': 'not strict',
  INFORMATIONAL: 'info',
  UNIMPLEMENTED: 'not there',
  FAILED: '**FAILED**',
  pass: 'ok',
  fail: '**FAILED**',
  unsupported: 'unsupported',
  excluded: 'excluded',
}

/** Lists the chapters of some reports in the order in which they first appear. */
export function chaptersOf(reports: readonly Report[]): string[] {
  const chapters = new Set<string>()
  for (const report of reports) for (const { chapter } of report.cases) chapters.add(chapter)
  return [...chapters]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`
}

function summary(cases: readonly CaseReport[]): string {
  if (cases.length === 0) return '–'
  const counts = new Map<Verdict, number>()
  for (const entry of cases) counts.set(overallVerdict(entry), (counts.get(overallVerdict(entry)) ?? 0) + 1)
  if (counts.size === 1) return `${MARKS[overallVerdict(cases[0] as CaseReport)]} (${cases.length})`
  return [...counts].map(([verdict, count]) => `${count} ${MARKS[verdict]}`).join(', ')
}

/**
 * Writes a table of chapters by targets, then one line for every case that failed.
 *
 * @param reports - one per target, of the same suite
 */
export function toMarkdown(reports: readonly Report[]): string {
  const names = reports.map(({ target }) => target.name)
  const chapters = chaptersOf(reports)
  const lines = [row(['Chapter', ...names]), row(['---', ...names.map(() => '---')])]
  for (const chapter of chapters) {
    const cells = reports.map(({ cases }) => summary(cases.filter((entry) => entry.chapter === chapter)))
    lines.push(row([chapter, ...cells]))
  }
  const totals = reports.map((report) =>
    [...countVerdicts(report)].map(([verdict, count]) => `${count} ${MARKS[verdict]}`).join(', '),
  )
  lines.push(row(['All', ...totals]))
  const failures = reports.flatMap(({ target, cases }) =>
    cases
      .filter(isFailedCase)
      .map(
        ({ id, title, note, closeNote }) => `- ${target.name} ${id} (${title}): ${note ?? closeNote ?? ''}`,
      ),
  )
  if (failures.length > 0) lines.push('', ...failures)
  return `${lines.join('\n')}\n`
}

/** Writes a table of cases by targets, with both verdicts where there are two. */
export function toMarkdownMatrix(reports: readonly Report[]): string {
  const names = reports.map(({ target }) => target.name)
  const rows = new Map<string, { title: string; cells: string[] }>()
  for (const [column, { cases }] of reports.entries()) {
    for (const entry of cases) {
      const line = rows.get(entry.id) ?? { title: entry.title, cells: names.map(() => '–') }
      line.cells[column] = MARKS[overallVerdict(entry)]
      rows.set(entry.id, line)
    }
  }
  const lines = [row(['Case', '', ...names]), row(['---', '---', ...names.map(() => '---')])]
  for (const [id, { title, cells }] of rows) lines.push(row([id, title, ...cells]))
  return `${lines.join('\n')}\n`
}
