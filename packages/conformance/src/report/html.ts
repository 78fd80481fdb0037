import { PAGE_SCRIPT, PAGE_STYLE } from './html-parts.js'
import { chaptersOf } from './markdown.js'
import { type CaseReport, countVerdicts, overallVerdict, type Report, type Verdict } from './report.js'
import { formatTranscript } from './transcript-text.js'

const LABELS: Record<Verdict, string> = {
  OK: 'ok',
  'NON-STRICT': 'not strict',
  INFORMATIONAL: 'info',
  UNIMPLEMENTED: 'not there',
  FAILED: 'FAILED',
  pass: 'ok',
  fail: 'FAILED',
  unsupported: 'unsupported',
  excluded: 'excluded',
}

const MEANINGS: Partial<Record<Verdict, string>> = {
  'NON-STRICT': 'allowed, but not the best there is',
  INFORMATIONAL: 'nothing is asked for; what came is written down',
  UNIMPLEMENTED: 'an extension that the target does not have',
  unsupported: 'declared off, and the test of its absence passed',
  excluded: 'known not to hold, with a reason',
}

const SUITES: Record<Report['suite'], string> = {
  wire: 'Wire suite: servers',
  'wire-client': 'Wire suite: clients',
  contract: 'Contract suite',
  relay: 'Relay suite',
  log: 'Log suite',
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function className(verdict: Verdict): string {
  return `v-${verdict.toLowerCase().replace('-', '')}`
}

/** A report with its number on the page, by which its cells find what they open. */
interface Column {
  readonly number: number
  readonly report: Report
}

function cellOf(entry: CaseReport | undefined, column: number): string {
  if (entry === undefined) return '<td class="none">–</td>'
  const overall = overallVerdict(entry)
  const label = `${LABELS[overall]}${entry.limit === undefined ? '' : ' (limit)'}`
  const id = escapeHtml(entry.id)
  return `<td class="${className(overall)}"><button type="button" data-at="${column}/${id}">${label}</button></td>`
}

function chapters(columns: readonly Column[]): string {
  const reports = columns.map(({ report }) => report)
  const lookups = columns.map(({ number, report: { cases } }) => ({
    number,
    entries: new Map(cases.map((entry) => [entry.id, entry])),
  }))
  const rows: string[] = []
  for (const chapter of chaptersOf(reports)) {
    const heading = `<th colspan="${reports.length + 1}" scope="rowgroup"><span>${escapeHtml(chapter)}</span></th>`
    rows.push(`<tbody><tr class="chapter">${heading}</tr>`)
    const titles = new Map<string, string>()
    for (const { cases } of reports) {
      for (const entry of cases) if (entry.chapter === chapter) titles.set(entry.id, entry.title)
    }
    for (const [id, title] of titles) {
      const cells = lookups.map(({ number, entries }) => cellOf(entries.get(id), number)).join('')
      rows.push(`<tr><th scope="row"><b>${escapeHtml(id)}</b> ${escapeHtml(title)}</th>${cells}</tr>`)
    }
    rows.push('</tbody>')
  }
  return rows.join('\n')
}

function totalOf(report: Report): string {
  const counts = [...countVerdicts(report)]
    .map(([verdict, count]) => `<span class="${className(verdict)}">${count} ${LABELS[verdict]}</span>`)
    .join('')
  return `<td>${counts}<small>${(report.durationMs / 1000).toFixed(1)} s</small></td>`
}

function aboutOf(reports: readonly Report[]): string {
  const [first] = reports
  if (first === undefined) return ''
  const { suiteVersion, contractVersion, runtime, startedAt } = first
  const seeds = [...new Set(reports.flatMap(({ seed }) => (seed === undefined ? [] : [seed])))]
  const facts = [
    `version ${suiteVersion}`,
    contractVersion === undefined ? '' : `contract ${contractVersion}`,
    `${runtime.name} ${runtime.version}, ${runtime.platform} ${runtime.arch}`,
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    seeds.length === 0 ? '' : `seed ${seeds.join(', ')}`,
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

/** Says what the verdicts on this table mean that do not say it themselves. */
function legendOf(reports: readonly Report[]): string {
  const there = new Set(reports.flatMap((report) => [...countVerdicts(report).keys()]))
  const parts = [...there]
    .filter((verdict) => MEANINGS[verdict] !== undefined)
    .map((verdict) => `<span class="${className(verdict)}">${LABELS[verdict]}</span> ${MEANINGS[verdict]}`)
  if (reports.some(({ cases }) => cases.some(({ limit }) => limit !== undefined))) {
    parts.push('<span>(limit)</span> beyond a declared limit, so the close code of the limit was checked')
  }
  return parts.length === 0 ? '' : `<br>${parts.join('; ')}`
}

function sectionOf(suite: Report['suite'], columns: readonly Column[]): string {
  const reports = columns.map(({ report }) => report)
  const names = reports.map(({ target }) => `<th scope="col">${escapeHtml(target.name)}</th>`).join('')
  return `<section><details open>
<summary><h2>${SUITES[suite]}</h2></summary>
<p class="about">${escapeHtml(aboutOf(reports))}${legendOf(reports)}</p>
<table>
<thead><tr><th scope="col">${suite.startsWith('wire') ? 'Case' : 'Clause'}</th>${names}</tr></thead>
<tbody class="all"><tr><th scope="row">All</th>${reports.map(totalOf).join('')}</tr></tbody>
${chapters(columns)}
</table>
<p class="about nothing" hidden>Nothing here is what was asked for above.</p>
</details></section>`
}

function details(reports: readonly Report[]): string {
  const data: Record<string, unknown> = {}
  for (const [column, { target, cases }] of reports.entries()) {
    for (const entry of cases) {
      const verdicts = [entry.verdict, entry.closeVerdict].filter((verdict) => verdict !== undefined)
      data[`${column}/${entry.id}`] = {
        head: `${target.name}: ${entry.id} ${entry.title}`,
        lines: [
          ['verdict', verdicts.join(' / ')],
          ['expected', entry.expectation],
          ['behaviour', entry.note],
          ['close', entry.closeNote],
          ['took', `${entry.durationMs} ms`],
        ].filter(([, value]) => value !== undefined),
        wire: formatTranscript(entry.transcript ?? []),
      }
    }
  }
  // "<" must not end the script element.
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}

/**
 * Writes one page that needs nothing else: a table for each suite, targets as columns, cases as rows by chapter; every
 * cell opens what was sent and received.
 *
 * @param reports - one per suite and target
 * @param title - the heading of the page
 */
export function toHtml(reports: readonly Report[], title = 'WebSocket conformance'): string {
  const columns = reports.map((report, number) => ({ number, report }))
  const sections = (Object.keys(SUITES) as Report['suite'][])
    .map((suite) => ({ suite, own: columns.filter(({ report }) => report.suite === suite) }))
    .filter(({ own }) => own.length > 0)
    .map(({ suite, own }) => sectionOf(suite, own))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<label>Show <select id="filter"><option value="">every case</option><option value="failed">failures</option><option value="odd">all but ok</option></select></label>
<label>Find <input id="find" type="search" placeholder="6.4 or close" autocomplete="off"></label>
</header>
<main>
${sections.join('\n')}
</main>
<dialog id="detail" aria-labelledby="detail-head"><form method="dialog"><button>Close</button></form>
<h3 id="detail-head"></h3><dl></dl><pre tabindex="0"></pre></dialog>
<script type="application/json" id="data">${details(reports)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}
