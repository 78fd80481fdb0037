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

function cellOf(entry: CaseReport | undefined, column: number): string {
  if (entry === undefined) return '<td class="none">–</td>'
  const overall = overallVerdict(entry)
  const label = `${LABELS[overall]}${entry.limit === undefined ? '' : ' (limit)'}`
  const id = escapeHtml(entry.id)
  return `<td class="${className(overall)}"><button type="button" data-at="${column}/${id}">${label}</button></td>`
}

function body(reports: readonly Report[]): string {
  const lookups = reports.map(({ cases }) => new Map(cases.map((entry) => [entry.id, entry])))
  const rows: string[] = []
  for (const chapter of chaptersOf(reports)) {
    const heading = `<th colspan="${reports.length + 1}" scope="rowgroup">${escapeHtml(chapter)}</th>`
    rows.push(`<tbody><tr class="chapter">${heading}</tr>`)
    const titles = new Map<string, string>()
    for (const { cases } of reports) {
      for (const entry of cases) if (entry.chapter === chapter) titles.set(entry.id, entry.title)
    }
    for (const [id, title] of titles) {
      const cells = lookups.map((lookup, column) => cellOf(lookup.get(id), column)).join('')
      rows.push(`<tr><th scope="row"><b>${escapeHtml(id)}</b> ${escapeHtml(title)}</th>${cells}</tr>`)
    }
    rows.push('</tbody>')
  }
  return rows.join('\n')
}

function heads(reports: readonly Report[]): string {
  return reports
    .map((report) => {
      const counts = [...countVerdicts(report)]
        .map(([verdict, count]) => `<span class="${className(verdict)}">${count} ${LABELS[verdict]}</span>`)
        .join(' ')
      const seconds = (report.durationMs / 1000).toFixed(1)
      const seed = report.seed === undefined ? '' : ` · seed ${report.seed}`
      return `<th scope="col">${escapeHtml(report.target.name)}<small>${counts}<br>${seconds} s${seed}</small></th>`
    })
    .join('')
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
 * Writes one page that needs nothing else: targets as columns, cases as rows by chapter; every cell opens what
 * was sent and received.
 *
 * @param reports - one per target
 * @param title - the heading of the page
 */
export function toHtml(reports: readonly Report[], title = 'WebSocket conformance'): string {
  const [first] = reports
  const about =
    first === undefined
      ? ''
      : `${first.suite} suite ${first.suiteVersion} · ${first.runtime.name} ${first.runtime.version} · ` +
        `${first.runtime.platform} ${first.runtime.arch} · ${first.startedAt}`
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
<p>${escapeHtml(about)}</p>
<p><label>Show <select id="filter"><option value="">every case</option><option value="failed">failures</option><option value="odd">all but ok</option></select></label>
<label>Find <input id="find" type="search" placeholder="6.4 or close" autocomplete="off"></label></p>
</header>
<main><table>
<thead><tr><th scope="col">Case</th>${heads(reports)}</tr></thead>
${body(reports)}
</table></main>
<dialog id="detail" aria-labelledby="detail-head"><form method="dialog"><button aria-label="Close">Close</button></form>
<h2 id="detail-head"></h2><dl></dl><pre tabindex="0"></pre></dialog>
<script type="application/json" id="data">${details(reports)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}
