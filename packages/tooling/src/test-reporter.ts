import { appendFileSync } from 'node:fs'
import { inspect, stripVTControlCharacters } from 'node:util'
import { EVENTS_VARIABLE, type TestEvent, type TestOutcome } from './test-event.js'

interface TestData {
  readonly name: string
  readonly message?: string
  readonly nesting: number
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details?: { readonly type?: string; readonly error?: unknown }
}

interface ReportedEvent {
  readonly type: string
  readonly data: TestData
}

// node:test ends every run with these; the runner counts for itself.
const COUNTS = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false
}

function failureTypeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'failureType' in error ? error.failureType : undefined
}

function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const text = typeof cause === 'string' ? cause : inspect(cause, { depth: 4, breakLength: 110 })
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => !/^\s+at .*\bnode:/.test(line))
    .join('\n')
}

function outcome(type: string, data: TestData, path: readonly string[]): TestOutcome | undefined {
  const { details = {}, file = '', line = 0 } = data
  const at = `${file}:${line}`
  if (isSet(data.skip) || isSet(data.todo)) {
    const [word, reason] = isSet(data.skip) ? ['skipped', data.skip] : ['to do', data.todo]
    const detail = typeof reason === 'string' && reason !== '' ? `${word}: ${reason}` : `${word}`
    return { kind: 'outcome', verdict: 'skipped', path, detail, at }
  }
  if (type === 'test:pass') {
    return details.type === 'suite' ? undefined : { kind: 'outcome', verdict: 'passed', path, detail: '', at }
  }
  // The failing children are reported themselves.
  if (failureTypeOf(details.error) === 'subtestsFailed') return undefined
  return { kind: 'outcome', verdict: 'failed', path, detail: describeFailure(details.error), at }
}

/**
 * Turns what node:test reports into {@link TestEvent} lines, appended at once and in place, so that they are there
 * even if the next test never gives the event loop back.
 */
export async function* reportTests(source: AsyncIterable<ReportedEvent>): AsyncGenerator<string> {
  const target = process.env[EVENTS_VARIABLE]
  if (target === undefined) throw new Error(`The environment variable ${EVENTS_VARIABLE} names no file.`)
  const write = (event: TestEvent) => appendFileSync(target, `${JSON.stringify(event)}\n`)
  const path: string[] = []
  for await (const { type, data } of source) {
    const key = `${data?.nesting}:${data?.line}:${data?.column}:${data?.name}`
    if (type === 'test:dequeue') write({ kind: 'progress', isBegin: true, key, name: data.name })
    else if (type === 'test:complete') write({ kind: 'progress', isBegin: false, key, name: data.name })
    else if (type === 'test:diagnostic') {
      const text = data.message ?? ''
      if (!COUNTS.test(text)) write({ kind: 'note', text })
    } else if (type === 'test:start') path.splice(data.nesting, path.length, data.name)
    else if (type === 'test:pass' || type === 'test:fail') {
      const event = outcome(type, data, [...path.slice(0, data.nesting), data.name])
      if (event !== undefined) write(event)
    }
  }
  yield ''
}

// node:test takes a reporter as a module's default export.
export { reportTests as default }
