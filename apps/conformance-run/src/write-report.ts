import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, toHtml, toMarkdown } from '@echosession/conformance'
import { UsageError } from './arguments.js'

const SUITES = { wire: 'Wire suite', contract: 'Contract suite' } as const

/** Writes the comparison as Markdown, one table for each suite. */
export function comparison(reports: readonly Report[]): string {
  return (['wire', 'contract'] as const)
    .map((suite) => ({ suite, own: reports.filter((report) => report.suite === suite) }))
    .filter(({ own }) => own.length > 0)
    .map(({ suite, own }) => `## ${SUITES[suite]}\n\n${toMarkdown(own)}`)
    .join('\n')
}

/** Says how long each target took, and all of them. */
export function durations(reports: readonly Report[]): string {
  const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)} s`
  const lines = reports.map(
    ({ suite, target, durationMs }) => `${seconds(durationMs).padStart(9)}  ${suite} ${target.name}`,
  )
  const total = reports.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return [...lines, `${seconds(total).padStart(9)}  in all`, ''].join('\n')
}

/**
 * Writes the report as JSON, Markdown and one HTML page.
 * @throws {@link UsageError} when the folder cannot be written to.
 */
export function writeReport(folder: string, reports: readonly Report[]): void {
  const files = {
    'conformance.json': `${JSON.stringify(reports, undefined, 2)}\n`,
    'conformance.md': `# Conformance\n\n${comparison(reports)}`,
    'conformance.html': toHtml(reports, 'EchoSession conformance'),
  }
  try {
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${folder} cannot be written to (${String(code)}); give another --report.`)
  }
}
