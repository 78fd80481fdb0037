import type { CaseReport, TranscriptEntry } from './report.js'

const ARROWS: Record<TranscriptEntry['kind'], string> = { sent: '->', received: '<-', note: '--' }

/** Writes a transcript as lines of text: when, which way, what. */
export function formatTranscript(entries: readonly TranscriptEntry[]): string {
  return entries
    .map(({ atMs, kind, text }) => `${atMs.toFixed(1).padStart(9)} ms ${ARROWS[kind]} ${text}`)
    .join('\n')
}

/** Writes a case for a terminal: its verdicts, the reasons, and what went over the wire. */
export function formatCase(entry: CaseReport): string {
  const verdicts = [entry.verdict, entry.closeVerdict].filter((verdict) => verdict !== undefined).join(' / ')
  const lines = [`${entry.id} ${verdicts} ${entry.title}`]
  if (entry.expectation !== undefined) lines.push(`  expected: ${entry.expectation}`)
  if (entry.note !== undefined) lines.push(`  behaviour: ${entry.note}`)
  if (entry.closeNote !== undefined) lines.push(`  close: ${entry.closeNote}`)
  const transcript = formatTranscript(entry.transcript ?? [])
  return transcript === '' ? lines.join('\n') : `${lines.join('\n')}\n${transcript}`
}
