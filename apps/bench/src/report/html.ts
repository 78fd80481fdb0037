import type { BenchResult } from '../result.js'
import { toMarkdown } from './markdown.js'

/** Writes a result as one page that needs nothing else. */
export function toHtml(result: BenchResult): string {
  return `<!doctype html><pre>${toMarkdown(result)}</pre>`
}
