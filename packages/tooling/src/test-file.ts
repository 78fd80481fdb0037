import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EVENTS_VARIABLE, type TestEvent } from './test-event.js'

const REPORTER = fileURLToPath(new URL('./test-reporter.js', import.meta.url))
const MAX_OUTPUT_CHARACTERS = 200_000
const POLL_MS = 250

/** One test file to run. */
export interface TestFileRun {
  /** The compiled test file. */
  readonly file: string
  /** The folder that the tests run in. */
  readonly folder: string
  /** The Node that runs it. */
  readonly nodePath: string
  readonly environment: NodeJS.ProcessEnv
  /** How long the file may go without a test beginning or ending before it counts as hung, in milliseconds. */
  readonly quietLimitMs: number
}

/** Something that failed: a test, or the file around it. */
export interface TestFailure {
  readonly name: string
  readonly detail: string
  readonly at: string
}

/** How a test file went. */
export interface TestFileResult {
  readonly file: string
  /** The names of the tests that passed. */
  readonly passed: readonly string[]
  readonly failures: readonly TestFailure[]
  /** The tests that were skipped or are still to do, with the reason. */
  readonly skipped: readonly string[]
  readonly durationMs: number
  /** What the file printed. */
  readonly output: string
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly hung: boolean
}

const running = new Set<ChildProcess>()

/** Ends the test files that run now, with all that they started: for a runner that has to stop early. */
export function endTestFiles(): void {
  for (const child of running) killGroup(child)
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Waits for the process to end, or ends it when nothing was heard of its tests for too long. */
function watch(child: ChildProcess, eventsFile: string, quietLimitMs: number): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let hung = false
    let size = 0
    let heardAt = performance.now()
    const timer = setInterval(() => {
      const now = statSync(eventsFile).size
      if (now !== size) {
        size = now
        heardAt = performance.now()
      } else if (!hung && performance.now() - heardAt > quietLimitMs) {
        hung = true
        killGroup(child)
      }
    }, POLL_MS)
    child.once('error', (error) => {
      clearInterval(timer)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearInterval(timer)
      resolve({ code, signal, hung })
    })
    // What a test started and left behind would hold the pipes open, and then nothing would ever close.
    child.once('exit', () => killGroup(child))
  })
}

function readEvents(eventsFile: string): TestEvent[] {
  const whole = readFileSync(eventsFile, 'utf8')
  return whole
    .slice(0, whole.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TestEvent)
}

function describeHang(events: readonly TestEvent[], quietLimitMs: number): TestFailure {
  const running = new Map<string, string>()
  let last = ''
  for (const event of events) {
    if (event.kind !== 'progress') continue
    if (event.isBegin) running.set(event.key, event.name)
    else {
      running.delete(event.key)
      last = event.name
    }
  }
  const limit = `${quietLimitMs / 1000} s`
  const names = [...running.values()].map((name) => JSON.stringify(name)).join(', ')
  if (names !== '') {
    return {
      name: `hangs: ${names}`,
      detail: `Nothing happened for ${limit}, so the file was ended.`,
      at: '',
    }
  }
  const after = last === '' ? 'before its first test' : `after ${JSON.stringify(last)}`
  return {
    name: `hangs ${after}`,
    detail: `No test ran, yet the process did not end within ${limit}: a loop, or something left open (a server, a socket, a timer).`,
    at: '',
  }
}

function describeEnding(ending: Ending, sawFailure: boolean, sawTest: boolean): TestFailure | undefined {
  if (ending.signal !== null) {
    return {
      name: `was ended by ${ending.signal}`,
      detail: 'The test process did not end by itself.',
      at: '',
    }
  }
  if (ending.code !== 0 && !sawFailure) {
    return {
      name: `ended with code ${ending.code} though no test failed`,
      detail: 'An error came outside of every test; what the process printed says which.',
      at: '',
    }
  }
  if (!sawTest) return { name: 'has no test', detail: 'The file ran and reported no test.', at: '' }
  return undefined
}

function sumUp(
  run: TestFileRun,
  events: readonly TestEvent[],
  ending: Ending,
): Omit<TestFileResult, 'durationMs' | 'output'> {
  const passed: string[] = []
  const skipped: string[] = []
  const failures: TestFailure[] = []
  for (const event of events) {
    if (event.kind !== 'outcome') continue
    const name = event.path.join(' > ')
    if (event.verdict === 'passed') passed.push(name)
    else if (event.verdict === 'skipped') skipped.push(`${name} (${event.detail})`)
    else failures.push({ name, detail: event.detail, at: event.at })
  }
  const around = ending.hung
    ? describeHang(events, run.quietLimitMs)
    : describeEnding(ending, failures.length > 0, passed.length + skipped.length + failures.length > 0)
  return {
    file: run.file,
    passed,
    skipped,
    failures: around === undefined ? failures : [...failures, around],
  }
}

/** Runs one test file in a process group of its own, and never longer than its tests show life. */
export async function runTestFile(run: TestFileRun): Promise<TestFileResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'echosession-test-'))
  const eventsFile = join(scratch, 'events.jsonl')
  writeFileSync(eventsFile, '')
  const startedAt = performance.now()
  try {
    const child = spawn(
      run.nodePath,
      ['--test-reporter', REPORTER, '--test-reporter-destination', 'stdout', run.file],
      {
        cwd: run.folder,
        detached: true,
        env: { ...run.environment, [EVENTS_VARIABLE]: eventsFile },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    running.add(child)
    child.once('close', () => running.delete(child))
    let output = ''
    const collect = (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARACTERS)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const ending = await watch(child, eventsFile, run.quietLimitMs)
    const events = readEvents(eventsFile)
    for (const event of events) if (event.kind === 'note') collect(`\n${event.text}`)
    return { ...sumUp(run, events, ending), durationMs: performance.now() - startedAt, output }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
