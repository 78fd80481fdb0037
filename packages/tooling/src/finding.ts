/** Something that a check does not let pass. */
export interface Finding {
  /** The file from the repository's root, with slashes. */
  readonly file: string
  /** The line, from 1; 0 for the file as a whole. */
  readonly line: number
  /** What is wrong, and what to do about it. */
  readonly what: string
}

/** What a check found. */
export interface CheckResult {
  readonly findings: readonly Finding[]
  /** What was looked at, in a few words. */
  readonly scope: string
  /** Figures worth seeing even when all is well, one line each. */
  readonly figures?: readonly string[]
}

/** Writes a finding as `file:line  what`. */
export function describeFinding(finding: Finding): string {
  const place = finding.line === 0 ? finding.file : `${finding.file}:${finding.line}`
  return place === '' ? finding.what : `${place}  ${finding.what}`
}
