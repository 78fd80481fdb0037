/** A test or suite that begins or ends. */
export interface TestProgress {
  readonly kind: 'progress'
  readonly isBegin: boolean
  readonly key: string
  readonly name: string
}

/** What became of a test. */
export interface TestOutcome {
  readonly kind: 'outcome'
  readonly verdict: 'passed' | 'skipped' | 'failed'
  /** The names from the outermost suite to the test. */
  readonly path: readonly string[]
  /** Why it was skipped, or how it failed. */
  readonly detail: string
  /** Where the test stands, as file:line. */
  readonly at: string
}

/** Something that node:test or a test wants said, such as a seed, or an error that came after its test had ended. */
export interface TestNote {
  readonly kind: 'note'
  readonly text: string
}

/** What the reporter inside a test process writes, one JSON line each. */
export type TestEvent = TestProgress | TestOutcome | TestNote

/** The environment variable that names the file which the reporter appends to. */
export const EVENTS_VARIABLE = 'ECHOSESSION_TEST_EVENTS'
