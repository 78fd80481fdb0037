import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countVerdicts, formatCase, isFailedCase } from '@echosession/conformance'
import { HELP, type RunPlan, readArguments, UsageError } from './arguments.js'
import { judgeAll } from './judge-all.js'
import { MATRIX_FILE, matrixOf, readMatrix, updateMatrix } from './matrix.js'
import { ServerError } from './server-process.js'
import { comparison, durations, writeReport } from './write-report.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

async function conduct(plan: RunPlan): Promise<0 | 1> {
  const { stdout, stderr } = process
  const reports = await judgeAll(plan, (target) => target.includes(plan.target), {
    onCase(target, done, total) {
      if (stderr.isTTY) stderr.write(`\r\x1b[K${target}: ${done} of ${total}`)
    },
    onReport(report) {
      if (stderr.isTTY) stderr.write('\r\x1b[K')
      const counts = [...countVerdicts(report)].map(([verdict, count]) => `${count} ${verdict}`).join(', ')
      const seed = report.seed === undefined ? '' : `, seed ${report.seed}`
      const seconds = (report.durationMs / 1000).toFixed(1)
      stdout.write(`${report.suite} ${report.target.name}: ${counts} (${seconds} s${seed})\n`)
      for (const entry of report.cases.filter(isFailedCase)) stdout.write(`${formatCase(entry)}\n\n`)
    },
  })
  if (reports.length === 0) {
    throw new UsageError(
      `No target is named like ${JSON.stringify(plan.target)}; leave out --target to see all.`,
    )
  }
  stdout.write(`\n${comparison(reports)}\n${durations(reports)}\n`)
  const folder = resolve(root, plan.report)
  writeReport(folder, reports)
  stdout.write(`The report is ${plan.report}/conformance.html, .md and .json\n`)
  const failed = reports.some((report) => report.cases.some(isFailedCase))
  if (plan.update) {
    updateMatrix(matrixOf(reports), existsSync(MATRIX_FILE) ? readMatrix() : undefined)
    stdout.write('packages/conformance/matrix.json is up to date; npm run docs writes the README\n')
  }
  return failed ? 1 : 0
}

// Servers that run for the suite end with it, however it ends.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status))
}

try {
  const plan = readArguments(process.argv.slice(2))
  if (plan.help) process.stdout.write(HELP)
  else process.exitCode = await conduct(plan)
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof ServerError)) throw error
  process.stderr.write(`conformance: ${error.message}\n`)
  process.exitCode = 2
}
