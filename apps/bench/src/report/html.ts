import { GROWTH, judgeGrowth, pointsOf } from '../growth.js'
import type { Pattern } from '../pattern.js'
import { PATTERNS } from '../patterns.js'
import type { BenchResult } from '../result.js'
import { type Summary, summarize } from '../statistics.js'
import { linePlot } from './line-plot.js'
import { CELL_HEADS, cellsOf, HELD_BACK_NOTE } from './number-text.js'
import { escapeHtml, htmlPage, htmlTable } from './page.js'
import { type Bar, ratioPlot } from './ratio-plot.js'
import { settingText, versionsText } from './setting-text.js'

function barsOf(result: BenchResult, own: readonly Summary[]): Bar[] {
  return own.flatMap(({ target: name, ratio }) => {
    const target = result.targets.find((candidate) => candidate.name === name)
    return target === undefined || target.kind === 'base'
      ? []
      : [{ label: target.title, kind: target.kind, ratio }]
  })
}

function section(result: BenchResult, letter: string, title: string, summaries: readonly Summary[]): string {
  const figures = result.figures.filter(({ key }) => key.split('-', 1)[0] === letter)
  const shown = figures.filter(({ key }) => summaries.some(({ figure }) => figure === key))
  if (shown.length === 0) return ''
  const plots: string[] = []
  const rows: string[][] = []
  for (const figure of shown) {
    const own = summaries.filter((summary) => summary.figure === figure.key)
    plots.push(ratioPlot(figure.title, barsOf(result, own)))
    rows.push(...own.map((summary) => [figure.title, summary.target, ...cellsOf(summary, figure)]))
  }
  const table = htmlTable(['', 'Target', ...CELL_HEADS], rows, 2)
  return `<h2>${escapeHtml(title)}</h2><div class="plots">${plots.join('\n')}</div><details><summary>All figures</summary>${table}</details>`
}

function growthSection({ figures, samples, targets }: BenchResult, pattern: Pattern): string {
  const { name, title, axis = name, expected = 'flat' } = pattern
  const own = figures.filter(({ key }) => key.startsWith(`${name}-`))
  const lines = targets
    .map((target) => ({
      label: target.title,
      kind: target.kind,
      points: pointsOf(samples, own, target.name),
    }))
    .filter(({ points }) => points.length > 0)
  if (lines.length === 0) return ''
  const verdicts = lines.map(
    ({ label, points }) => `<p>${escapeHtml(`${label}: ${judgeGrowth(points, expected)}`)}.</p>`,
  )
  return `${linePlot(title, axis, lines)}${verdicts.join('')}`
}

/** Writes a result as one page that needs nothing else. */
export function toHtml(result: BenchResult): string {
  const summaries = summarize(result.samples)
  const sections = PATTERNS.map(({ letter, title }) => section(result, letter, title, summaries))
  const growth = GROWTH.map((pattern) => growthSection(result, pattern)).filter((text) => text !== '')
  const targets = result.targets.map((target) => [
    target.name,
    target.title,
    versionsText(target),
    target.missing ?? target.options,
  ])
  const failures = result.failures.map(({ message }) => `<p class="bad">${escapeHtml(message)}</p>`)
  const body = `<h1>EchoSession bench</h1>
<p>Server CPU time per message, raw ws over the target's, in turns next to each other: to the right of 1 is faster, or smaller. The line
through a bar is how far the rounds lie apart. The axis is logarithmic.</p>
<p class="key"><span style="background:var(--own)"></span>EchoSession<span style="background:var(--peer)"></span>peer<span style="background:var(--floor)"></span>another runtime, or no WebSocket at all</p>
<p>${escapeHtml(settingText(result.setting))}</p>
${failures.join('\n')}
${sections.join('\n')}
${growth.length === 0 ? '' : `<h2>How cost grows</h2><div class="plots">${growth.map((text) => `<div>${text}</div>`).join('\n')}</div>`}
<p>${escapeHtml(HELD_BACK_NOTE)}.</p>
<h2>Targets</h2>
${htmlTable(['Target', '', 'Versions', 'Options'], targets)}`
  return htmlPage('EchoSession bench', body)
}
