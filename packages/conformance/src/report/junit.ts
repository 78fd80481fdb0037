import { type CaseReport, isFailedCase, type Report } from './report.js'
import { formatTranscript } from './transcript-text.js'

/** XML 1.0 has no way to write most control characters, not even escaped. */
function isWritable(character: string): boolean {
  const code = character.charCodeAt(0)
  return code >= 0x20 || code === 9 || code === 10 || code === 13
}

function escapeXml(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
  return [...escaped].map((character) => (isWritable(character) ? character : '\ufffd')).join('')
}

function testCase(entry: CaseReport, suite: string): string {
  const attributes = [
    `classname="${escapeXml(`${suite}.${entry.chapter}`)}"`,
    `name="${escapeXml(`${entry.id} ${entry.title}`)}"`,
    `time="${(entry.durationMs / 1000).toFixed(3)}"`,
  ].join(' ')
  const verdicts = [entry.verdict, entry.closeVerdict].filter((verdict) => verdict !== undefined).join(' / ')
  if (isFailedCase(entry)) {
    const message = escapeXml([entry.note, entry.closeNote].filter((note) => note !== undefined).join('; '))
    const body = escapeXml(formatTranscript(entry.transcript ?? []))
    return `    <testcase ${attributes}><failure type="${verdicts}" message="${message}">${body}</failure></testcase>`
  }
  if (['UNIMPLEMENTED', 'unsupported', 'excluded'].includes(entry.verdict)) {
    return `    <testcase ${attributes}><skipped message="${escapeXml(entry.note ?? entry.verdict)}"/></testcase>`
  }
  return `    <testcase ${attributes}><system-out>${verdicts}</system-out></testcase>`
}

/** Writes reports as JUnit XML, one test suite per target. */
export function toJunit(reports: readonly Report[]): string {
  const suites = reports.map((report) => {
    const name = `${report.suite} ${report.target.name}`
    const failures = report.cases.filter(isFailedCase).length
    const head = `name="${escapeXml(name)}" tests="${report.cases.length}" failures="${failures}" errors="0"`
    const time = `time="${(report.durationMs / 1000).toFixed(3)}" timestamp="${report.startedAt}"`
    const cases = report.cases.map((entry) => testCase(entry, report.suite))
    return [`  <testsuite ${head} ${time}>`, ...cases, '  </testsuite>'].join('\n')
  })
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n')
}
