import type { BenchResult, MeasuredTarget } from '../result.js'
import { summarize } from '../statistics.js'
import { costText, HELD_BACK_NOTE, spreadText } from './number-text.js'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`
}

function versionsText({ versions }: MeasuredTarget): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function figureTable(result: BenchResult): string {
  const summaries = summarize(result.samples)
  const targets = result.targets.filter(({ name }) => summaries.some(({ target }) => target === name))
  const rows = result.figures.map((figure) => {
    const cells = targets.map(({ name }) => {
      const summary = summaries.find(({ figure: key, target }) => key === figure.key && target === name)
      if (summary === undefined) return ''
      const wall = summary.wallRatio === undefined ? '' : `, wall ${spreadText(summary.wallRatio)}`
      const cost = costText(summary.cost.median, figure)
      return name === 'ws' ? cost : `${spreadText(summary.ratio)}${wall}${summary.isHeldBack ? ' !' : ''}`
    })
    return [figure.title, ...cells]
  })
  const heads = targets.map(({ name }) => (name === 'ws' ? 'raw ws' : name))
  return table(['', ...heads], rows)
}

/** Writes a result as Markdown: the ratios, how it was measured, and what each target is. */
export function toMarkdown(result: BenchResult): string {
  const { setting, targets, failures, samples } = result
  const held = summarize(samples).some(({ isHeldBack }) => isHeldBack)
  return [
    figureTable(result),
    held ? `${HELD_BACK_NOTE}.\n` : undefined,
    `${setting.cpu}, ${setting.cpus} CPUs, ${setting.system}, Node ${setting.node}, ${setting.startedAt.slice(0, 10)}; ${setting.pinning};`,
    `${setting.rounds} rounds of ${setting.runMs} ms of the generator's CPU time after ${setting.warmMs} ms of warm-up; CPU time from ${setting.cpuSource};`,
    `load of the machine ${setting.load.map((value) => value.toFixed(1)).join(' before, ')} after.\n`,
    table(
      ['Target', 'Versions', 'Options'],
      targets.map((target) => [
        `\`${target.name}\` ${target.title}`,
        versionsText(target),
        target.missing ?? target.options,
      ]),
    ),
    ...failures.map(({ message }) => `${message}\n`),
  ]
    .filter((part) => part !== undefined)
    .join('\n')
}
