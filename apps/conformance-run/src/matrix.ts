import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { overallVerdict, type Report } from '@echosession/conformance'
import { BARE_WS } from './wire-part.js'

/** How many cases of a chapter came to which verdict. */
export type VerdictCounts = Readonly<Record<string, number>>

/** One target of one suite: its counts by chapter. */
export type TargetRow = Readonly<Record<string, VerdictCounts>>

/** What both suites came to on every target, without times, so that it changes only when a verdict does. */
export interface Matrix {
  readonly suiteVersion: string
  readonly wire: Readonly<Record<string, TargetRow>>
  readonly contract: Readonly<Record<string, TargetRow>>
}

/** The committed matrix. */
export const MATRIX_FILE = fileURLToPath(
  new URL('../matrix.json', import.meta.resolve('@echosession/conformance')),
)

function rowOf(report: Report): TargetRow {
  const row: Record<string, Record<string, number>> = {}
  for (const entry of report.cases) {
    const counts = row[entry.chapter] ?? {}
    const verdict = overallVerdict(entry)
    counts[verdict] = (counts[verdict] ?? 0) + 1
    row[entry.chapter] = counts
  }
  for (const [chapter, counts] of Object.entries(row)) {
    row[chapter] = Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  return row
}

/** Counts reports up; those of `ws` alone are not ours to commit. */
export function matrixOf(judged: readonly Report[]): Matrix {
  const reports = judged.filter(({ target }) => !target.name.startsWith(BARE_WS))
  const rows = (suite: Report['suite']) =>
    Object.fromEntries(
      reports.filter((report) => report.suite === suite).map((report) => [report.target.name, rowOf(report)]),
    )
  return { suiteVersion: reports[0]?.suiteVersion ?? '', wire: rows('wire'), contract: rows('contract') }
}

/** Reads the matrix that is committed. */
export function readMatrix(): Matrix {
  return JSON.parse(readFileSync(MATRIX_FILE, 'utf8')) as Matrix
}

/** Writes the matrix; rows of targets that were not judged this time stay. */
export function updateMatrix(now: Matrix, before: Matrix | undefined): void {
  const merged: Matrix = {
    suiteVersion: now.suiteVersion,
    wire: { ...before?.wire, ...now.wire },
    contract: { ...before?.contract, ...now.contract },
  }
  writeFileSync(MATRIX_FILE, `${JSON.stringify(merged, undefined, 2)}\n`)
}

/** Says in one sentence each where a matrix differs from the committed one. */
export function differences(now: Matrix, committed: Matrix): string[] {
  const found: string[] = []
  for (const suite of ['wire', 'contract'] as const) {
    for (const [target, row] of Object.entries(now[suite])) {
      const expected = committed[suite][target] ?? {}
      for (const chapter of new Set([...Object.keys(row), ...Object.keys(expected)])) {
        const [is, was] = [row[chapter], expected[chapter]].map((counts) => JSON.stringify(counts ?? {}))
        if (is !== was) found.push(`${target}, ${chapter}: it is ${is}, the committed matrix has ${was}.`)
      }
    }
  }
  return found
}
