import { relative, sep } from 'node:path'
import type { TestFailure, TestFileResult } from './test-file.js'

/** How many lines of why a test failed are said again at the end. */
const REASON_LINES = 8

/** Adds up what the test files report, and says it in words. */
export class TestSummary {
  /** How many tests passed. */
  passed = 0
  /** What failed, with where it ran. */
  readonly failed: { readonly where: string; readonly failure: TestFailure }[] = []
  /** The tests that did not run, with where and why. */
  readonly skipped: string[] = []

  /** Counts something that failed outside of the tests. */
  fail(where: string, name: string, detail = ''): void {
    this.failed.push({ where, failure: { name, detail, at: '' } })
  }

  /** Counts a test file, and says how it went. */
  add(where: string, folder: string, result: TestFileResult, isVerbose: boolean): string[] {
    this.passed += result.passed.length
    this.skipped.push(...result.skipped.map((name) => `${where}: ${name}`))
    const name = relative(folder, result.file)
      .replace(/^\.test\//, '')
      .replace(/\.test\.js$/, '')
    for (const failure of result.failures) this.failed.push({ where: `${where} ${name}`, failure })
    const isGood = result.failures.length === 0
    const counts = [`${result.passed.length} passed`]
    if (!isGood) counts.push(`${result.failures.length} failed`)
    if (result.skipped.length > 0) counts.push(`${result.skipped.length} skipped`)
    const lines = [
      `  ${isGood ? '✔' : '✖'} ${name.padEnd(34)} ${counts.join(', ')} (${seconds(result.durationMs)})`,
    ]
    if (isVerbose) lines.push(...result.passed.map((test) => `      ✔ ${test}`))
    for (const failure of result.failures) lines.push(...describe(failure, folder))
    if (!isGood && result.output.trim() !== '')
      lines.push(...indent(`what it printed:\n${result.output.trimEnd()}`, 6))
    return lines
  }

  /** The last lines of a run: what did not pass, by name, and the count as `N passed, N failed`. */
  conclude(durationMs: number): string[] {
    const lines = ['']
    if (this.skipped.length > 0) lines.push('not run:', ...this.skipped.map((name) => `  - ${name}`))
    if (this.failed.length > 0) {
      const failures = this.failed.map(({ where, failure }) => sumUp(where, failure))
      lines.push('failed:', ...failures.flat())
    }
    lines.push(`finished in ${seconds(durationMs)}`, `${this.passed} passed, ${this.failed.length} failed`)
    return lines
  }
}

/** Writes a duration for people. */
export function seconds(durationMs: number): string {
  const whole = Math.floor(durationMs / 1000)
  return whole < 100 ? `${(durationMs / 1000).toFixed(1)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

function indent(text: string, width: number): string[] {
  return text.split('\n').map((line) => `${' '.repeat(width)}${line}`)
}

// Who sees the end of a long log only sees why, too.
function sumUp(where: string, { name, detail }: TestFailure): string[] {
  const why = detail.split('\n').filter((line) => line.trim() !== '')
  const said = why.slice(0, REASON_LINES).map((line) => `      ${line}`)
  return [`  ✖ ${where}: ${name}`, ...said]
}

function describe(failure: TestFailure, folder: string): string[] {
  const at = failure.at === '' ? [] : indent(`at ${failure.at.replace(`${folder}${sep}`, '')}`, 8)
  return [`      ✖ ${failure.name}`, ...at, ...(failure.detail === '' ? [] : indent(failure.detail, 8))]
}
