import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ReportKind } from '../arguments.js'
import { BenchError } from '../bench-error.js'
import type { BenchResult } from '../result.js'
import { toHtml } from './html.js'
import { toMarkdown } from './markdown.js'

const WRITERS: Readonly<Record<ReportKind, (result: BenchResult) => string>> = {
  json: (result) => `${JSON.stringify(result, undefined, 1)}\n`,
  markdown: (result) => `# Bench\n\n${toMarkdown(result)}`,
  html: toHtml,
}

/**
 * Writes the files of a report.
 * @throws {@link BenchError} when one cannot be written.
 */
export function writeReport(files: Readonly<Partial<Record<ReportKind, string>>>, result: BenchResult): void {
  for (const [kind, file] of Object.entries(files)) {
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, WRITERS[kind as ReportKind](result))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : error
      throw new BenchError(`${file} cannot be written to (${String(code)}); give another file.`)
    }
  }
}
