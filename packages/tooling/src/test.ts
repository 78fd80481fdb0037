import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ArgumentError, helpText, readArguments } from './arguments.js'
import { cacheFolder, environmentFor, ownRuntime, provideRuntimes, type Runtime } from './runtime.js'
import { type MissingServices, neededServices, provideServices, SERVICES } from './service.js'
import { endTestFiles, runTestFile } from './test-file.js'
import { MATRIX_MAJORS, type PlannedRun, planRuns, type TestFiles, unknownWorkspace } from './test-plan.js'
import { seconds, TestSummary } from './test-summary.js'
import { readWorkspaces } from './workspace.js'

const DEFAULT_QUIET_SECONDS = 120

const FLAGS = {
  only: { takes: 'workspace,…', does: 'run the tests of these workspaces alone, by folder name' },
  node: {
    takes: 'major,…',
    does: `run on these Nodes alone: the machine's own, ${MATRIX_MAJORS.join(', ')}`,
  },
  file: { takes: 'text,…', does: 'run the test files whose name contains one of these alone' },
  quiet: {
    takes: 'seconds',
    does: `end a file in which no test began or ended for this long (default ${DEFAULT_QUIET_SECONDS})`,
  },
  verbose: { does: 'name every test that passed' },
  list: { does: 'show what would run, and run nothing' },
  help: { does: 'show this' },
}

const USAGE = 'npm test -- [flags]'
const PURPOSE =
  "Runs every workspace's tests on this machine's Node, and the hosts' again on each Node of the matrix."

const root = fileURLToPath(new URL('../../..', import.meta.url))
const say = (line: string) => process.stdout.write(`${line}\n`)

interface Request {
  readonly runs: readonly PlannedRun[]
  readonly quietLimitMs: number
  readonly isVerbose: boolean
  readonly isListOnly: boolean
}

function chooseFiles(tests: TestFiles, texts: readonly string[]): TestFiles {
  const isWanted = (file: string) =>
    texts.some((text) => relative(tests.workspace.folder, file).includes(text))
  return texts.length === 0 ? tests : { ...tests, files: tests.files.filter(isWanted) }
}

function plan(line: readonly string[]): Request | undefined {
  const { values, switches } = readArguments(line, FLAGS)
  if (switches.has('help')) {
    say(helpText(USAGE, PURPOSE, FLAGS))
    return undefined
  }
  const own = ownRuntime()
  const only = values.only ?? []
  const node = values.node ?? []
  const workspaces = readWorkspaces(root)
  const unknown = unknownWorkspace(workspaces, only)
  if (unknown !== undefined) throw new ArgumentError(unknown)
  const majors: readonly string[] = [own.major, ...MATRIX_MAJORS]
  const wrong = node.find((major) => !majors.includes(major))
  if (wrong !== undefined)
    throw new ArgumentError(`There is no Node ${wrong} in the matrix; it has ${majors.join(', ')}.`)
  const quiet = Number(values.quiet?.at(-1) ?? DEFAULT_QUIET_SECONDS)
  if (!(quiet > 0))
    throw new ArgumentError(`--quiet is ${values.quiet?.at(-1)}; it takes a number of seconds above 0.`)
  const runs = planRuns(workspaces, { only, node }, own.major)
    .map((run) => ({ ...run, tests: chooseFiles(run.tests, values.file ?? []) }))
    .filter((run) => run.tests.files.length > 0 || values.file === undefined)
  if (runs.length === 0)
    throw new ArgumentError('Nothing matches these flags; npm test -- --list shows what there is.')
  return {
    runs,
    quietLimitMs: quiet * 1000,
    isVerbose: switches.has('verbose'),
    isListOnly: switches.has('list'),
  }
}

function list(runs: readonly PlannedRun[]): void {
  for (const { tests, node } of runs) {
    say(`${tests.workspace.name} on Node ${node === 'own' ? ownRuntime().version : node}`)
    for (const file of tests.files) {
      const needs = [...neededServices(file, SERVICES)].map((service) => service.name)
      say(
        `  ${relative(tests.workspace.folder, file)}${needs.length > 0 ? `  needs ${needs.join(', ')}` : ''}`,
      )
    }
    for (const problem of tests.problems) say(`  ✖ ${problem}`)
  }
}

/** Calls `work` on each item, a few at a time, in order. */
async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const lane = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

async function runWorkspace(
  run: PlannedRun,
  runtime: Runtime,
  missing: MissingServices,
  request: Request,
  summary: TestSummary,
): Promise<void> {
  const { workspace, files, problems } = run.tests
  const where = `${workspace.name} on Node ${runtime.version}`
  const startedAt = performance.now()
  const passedBefore = summary.passed
  const failedBefore = summary.failed.length
  say(`\n${where}`)
  if (run.node === 'own') {
    for (const problem of problems) {
      summary.fail(workspace.name, problem)
      say(`  ✖ ${problem}`)
    }
  }
  const environment = environmentFor(runtime)
  await inParallel(files, Math.min(2, availableParallelism()), async (file) => {
    const lacking = [...neededServices(file, SERVICES)].find((service) => missing.has(service))
    if (lacking !== undefined) {
      const reason = `${relative(workspace.folder, file)} was left out: ${missing.get(lacking)}`
      summary.skipped.push(`${where}: ${reason}`)
      say(`  - ${reason}`)
      return
    }
    const { quietLimitMs, isVerbose } = request
    const result = await runTestFile({
      file,
      folder: workspace.folder,
      nodePath: runtime.path,
      environment,
      quietLimitMs,
    })
    for (const line of summary.add(where, workspace.folder, result, isVerbose)) say(line)
  })
  const passed = summary.passed - passedBefore
  const failed = summary.failed.length - failedBefore
  const mark = failed === 0 ? '' : `, ${failed} of them not`
  say(`  ${passed + failed} done${mark}, in ${seconds(performance.now() - startedAt)}`)
}

async function main(line: readonly string[]): Promise<number> {
  const request = plan(line)
  if (request === undefined) return 0
  if (request.isListOnly) {
    list(request.runs)
    return 0
  }
  const startedAt = performance.now()
  // What a person may do without, the server that judges the change may not.
  const isStrict = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false'
  const summary = new TestSummary()
  const files = new Set(request.runs.flatMap((run) => run.tests.files))
  const wanted = new Set([...files].flatMap((file) => [...neededServices(file, SERVICES)]))
  const missing = provideServices(wanted, say)
  const majors = [...new Set(request.runs.map((run) => run.node))].filter((node) => node !== 'own')
  const runtimes = provideRuntimes(majors, cacheFolder(root, 'runtimes'), say)
  for (const sentence of [...missing.values(), ...runtimes.missing.values()]) {
    say(sentence)
    if (isStrict) summary.fail('this machine', sentence)
    else summary.skipped.push(sentence)
  }
  for (const run of request.runs) {
    const runtime = run.node === 'own' ? ownRuntime() : runtimes.found.get(run.node)
    if (runtime !== undefined) await runWorkspace(run, runtime, missing, request, summary)
  }
  if (isStrict) for (const name of summary.skipped.splice(0)) summary.fail('not run', name)
  for (const text of summary.conclude(performance.now() - startedAt)) say(text)
  return summary.failed.length === 0 && summary.passed > 0 ? 0 : 1
}

// The test files have process groups of their own, which a Ctrl-C in the terminal does not reach.
process.once('exit', endTestFiles)
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.once(signal, () => process.exit(128 + number))
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
