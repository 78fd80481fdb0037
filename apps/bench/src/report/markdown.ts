import { GROWTH, judgeGrowth, pointsOf } from '../growth.js'
import { type BenchResult, type MeasuredTarget, settingsOf } from '../result.js'
import { type Summary, summarize } from '../statistics.js'
import { costText, HELD_BACK_NOTE, ratioText, spreadText } from './number-text.js'
import { originText, settingText, versionsText } from './setting-text.js'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`
}

const RATIO_NOTE =
  'CPU ratio as median (least–greatest) of the rounds, then the ratio by the clock on the wall.\n'

type Look = (figure: string, target: string) => Summary | undefined

function ratioCell(summary: Summary | undefined): string {
  if (summary === undefined) return ''
  const wall = summary.wallRatio === undefined ? '' : `; ${ratioText(summary.wallRatio.median)}`
  return `${spreadText(summary.ratio)}${wall}${summary.isHeldBack ? ' !' : ''}`
}

// A table of all targets would be too wide to read, so that each kind has its own.
function ratioTable(
  result: BenchResult,
  look: Look,
  targets: readonly MeasuredTarget[],
  title: string,
): string {
  // What has a value that is varied stands in the tables of growth.
  const figures = result.figures.filter(
    ({ at, key }) => at === undefined && targets.some(({ name }) => look(key, name) !== undefined),
  )
  if (figures.length === 0) return ''
  const rows = figures.map((figure) => {
    const base = look(figure.key, 'ws')
    const cost = base === undefined ? '' : costText(base.cost.median, figure)
    return [figure.title, cost, ...targets.map(({ name }) => ratioCell(look(figure.key, name)))]
  })
  return `${table([title, 'raw ws', ...targets.map(({ name }) => name)], rows)}\n`
}

/** Writes the ratios of a result as Markdown tables. */
export function ratioTables(result: BenchResult): string {
  const summaries = summarize(result.samples)
  const look: Look = (figure, target) =>
    summaries.find((summary) => summary.figure === figure && summary.target === target)
  const ofKind = (kind: MeasuredTarget['kind']) =>
    result.targets.filter(
      (target) => target.kind === kind && summaries.some((summary) => summary.target === target.name),
    )
  const tables = [
    ratioTable(result, look, ofKind('own'), 'EchoSession on'),
    ratioTable(result, look, ofKind('peer'), 'Peers'),
    ratioTable(result, look, ofKind('floor'), 'Floor, other runtimes'),
  ]
  if (summaries.some(({ isHeldBack }) => isHeldBack)) tables.push(`${HELD_BACK_NOTE}.\n`)
  return tables.filter((text) => text !== '').join('')
}

/** Writes how cost grows as Markdown tables, with what is to be said of each target. */
export function growthTables({ figures, samples, targets }: BenchResult): string {
  return GROWTH.map(({ name, title, expected = 'flat' }) => {
    const own = figures.filter(({ key }) => key.startsWith(`${name}-`))
    const rows = targets.flatMap((target) => {
      const points = pointsOf(samples, own, target.name)
      if (points.length === 0) return []
      const costs = own.map(({ at }) => points.find((point) => point.at === at)?.cost.median)
      const cells = costs.map((cost) => (cost === undefined ? '' : costText(cost, { unit: 'µs' })))
      return [[target.name, ...cells, judgeGrowth(points, expected)]]
    })
    return rows.length === 0 ? '' : `${table([title, ...own.map(({ at }) => String(at)), ''], rows)}\n`
  }).join('')
}

/** Writes the targets of a result with their versions and options. */
export function targetTable({ targets }: BenchResult): string {
  return table(
    ['Target', 'Versions', 'Options'],
    targets.map((target) => [
      `\`${target.name}\` ${target.title}`,
      versionsText(target),
      target.missing ?? target.options,
    ]),
  )
}

/** Writes the generated part of docs/performance.md. */
export function documentTables(result: BenchResult): string {
  const growth = growthTables(result)
  return [
    RATIO_NOTE,
    ratioTables(result),
    ...(growth === '' ? [] : ['How cost grows (µs for each message or delivery):\n', growth]),
    ...settingsOf(result).flatMap((setting) => {
      const origin = originText(result, setting)
      // A run that was ended before it had anything.
      return origin === '' ? [] : [`- ${origin}: ${settingText(setting)}`]
    }),
    '',
    targetTable(result),
  ].join('\n')
}

/** Writes a result as Markdown: the ratios, how it was measured, and what each target is. */
export function toMarkdown(result: BenchResult): string {
  const growth = growthTables(result)
  return [
    ...(growth === '' ? [RATIO_NOTE, ratioTables(result)] : [growth]),
    `${settingText(result.setting)}\n`,
    targetTable(result),
    ...result.failures.map(({ message }) => `${message}\n`),
  ].join('\n')
}
