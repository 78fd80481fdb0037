import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  countVerdicts,
  formatCase,
  isFailedCase,
  type Report,
  toHtml,
  toJunit,
  toMarkdown,
} from '../report/index.js'
import { createClientJudge } from '../wire/client-judge.js'
import { randomSeed, runWire, selectCases, suiteVersion, TargetUnreachableError } from '../wire/run-wire.js'
import { type CliPlan, HELP, readArguments, UsageError } from './arguments.js'
import { createProgressBar, type Screen } from './progress-bar.js'

/** What the command works with; a process gives its own. */
export interface CliHost {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: Screen
  /** Resolves when the command is asked to stop; until it is called, being asked ends the process at once. */
  untilStopped(): Promise<unknown>
}

const COMPRESSION = ['12.*', '13.*']

/**
 * Runs the command.
 *
 * @returns the exit status: 0 all acceptable, 1 a case failed, 2 unusable arguments or nobody listening
 */
export async function runCli(args: readonly string[], host: CliHost): Promise<0 | 1 | 2> {
  try {
    const plan = readArguments(args)
    if (plan.mode === 'help') host.stdout.write(HELP)
    else if (plan.mode === 'version') host.stdout.write(`${suiteVersion()}\n`)
    else if (plan.mode === 'list') listCases(plan, host)
    else return plan.mode === 'judge-client' ? await judgeClients(plan, host) : await judgeServer(plan, host)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof TargetUnreachableError)) throw error
    host.stderr.write(`echosession-conformance: ${error.message}\n`)
    return 2
  }
}

function excluded(plan: CliPlan): readonly string[] {
  return plan.compression === 'off' ? [...plan.exclude, ...COMPRESSION] : plan.exclude
}

function assertSomeCases(plan: CliPlan): void {
  if (selectCases(plan.only, excluded(plan)).length > 0) return
  throw new UsageError('--only and --exclude leave no case to run; see --list for what there is.')
}

function listCases(plan: CliPlan, host: CliHost): void {
  assertSomeCases(plan)
  for (const { id, title } of selectCases(plan.only, excluded(plan)))
    host.stdout.write(`${id.padEnd(8)} ${title}\n`)
}

/** Makes a missing extension a failure when it was said to be there. */
function demandCompression(report: Report): Report {
  const cases = report.cases.map((entry) =>
    entry.verdict === 'UNIMPLEMENTED'
      ? { ...entry, verdict: 'FAILED' as const, note: `${entry.note}, with --compression on` }
      : entry,
  )
  return { ...report, cases }
}

async function judgeServer(plan: CliPlan, host: CliHost): Promise<0 | 1> {
  assertSomeCases(plan)
  const seed = plan.seed ?? randomSeed()
  host.stdout.write(`wire suite ${suiteVersion()} on ${plan.url}, seed ${seed}\n`)
  const bar = createProgressBar(host.stderr)
  let report: Report
  try {
    report = await runWire({
      url: plan.url,
      seed,
      only: plan.only,
      exclude: excluded(plan),
      onProgress: (progress) => bar.show(progress),
      ...(plan.name === undefined ? {} : { name: plan.name }),
      ...(plan.concurrency === undefined ? {} : { concurrency: plan.concurrency }),
      ...(plan.timeoutMs === undefined ? {} : { timeoutMs: plan.timeoutMs }),
      ...(plan.limits === undefined ? {} : { limits: plan.limits }),
    })
  } finally {
    bar.clear()
  }
  return conclude(plan.compression === 'on' ? demandCompression(report) : report, plan, host)
}

async function judgeClients(plan: CliPlan, host: CliHost): Promise<0 | 1> {
  assertSomeCases(plan)
  const seed = plan.seed ?? randomSeed()
  const outcome: { status: 0 | 1 } = { status: 0 }
  const judge = await createClientJudge({
    seed,
    port: plan.port,
    only: plan.only,
    exclude: excluded(plan),
    ...(plan.timeoutMs === undefined ? {} : { timeoutMs: plan.timeoutMs }),
    ...(plan.limits === undefined ? {} : { limits: plan.limits }),
    onReports: (reports) => {
      for (const report of reports) if (conclude(report, plan, host, reports) === 1) outcome.status = 1
    },
  }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `Port ${plan.port} of 127.0.0.1 cannot be listened on (${error.code}); give another --port.`,
    )
  })
  host.stdout.write(
    `wire suite ${suiteVersion()} for clients at ${judge.url}, ${judge.caseCount} cases, seed ${seed}\n`,
  )
  await host.untilStopped()
  await judge.close()
  return outcome.status
}

function conclude(report: Report, plan: CliPlan, host: CliHost, all: readonly Report[] = [report]): 0 | 1 {
  const failures = report.cases.filter(isFailedCase)
  for (const entry of failures) host.stdout.write(`${formatCase(entry)}\n\n`)
  const counts = [...countVerdicts(report)].map(([verdict, count]) => `${count} ${verdict}`).join(', ')
  const limits = report.cases.filter(({ limit }) => limit !== undefined).length
  const beyond = limits === 0 ? '' : `; ${limits} checked a declared limit instead`
  const seconds = (report.durationMs / 1000).toFixed(1)
  host.stdout.write(
    `${report.target.name}: ${report.cases.length} cases in ${seconds} s: ${counts}${beyond}\n`,
  )
  writeReport(plan.json, () => `${JSON.stringify(all.length === 1 ? report : all, undefined, 2)}\n`)
  writeReport(plan.html, () => toHtml(all))
  writeReport(plan.junit, () => toJunit(all))
  writeReport(plan.markdown, () => toMarkdown(all))
  return failures.length === 0 ? 0 : 1
}

function writeReport(path: string | undefined, content: () => string): void {
  if (path === undefined) return
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content())
  } catch (error) {
    throw new UsageError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'error'}).`)
  }
}
