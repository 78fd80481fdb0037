import { type BenchPlan, HELP, readArguments } from './arguments.js'
import { BenchError } from './bench-error.js'
import { conduct, countTurns } from './conduct.js'
import { PATTERNS } from './pattern.js'
import { ProgressBar } from './report/progress-bar.js'
import { toTerminal } from './report/terminal.js'
import { writeReport } from './report/write-report.js'
import { TARGETS } from './target.js'

const { stdout, stderr } = process

function list(): string {
  const patterns = PATTERNS.map(({ letter, name, title }) => `  ${letter}  ${name.padEnd(12)} ${title}`)
  const targets = TARGETS.map(({ name, title }) => `  ${name.padEnd(23)} ${title}`)
  return ['Patterns:', ...patterns, '', 'Targets:', ...targets, ''].join('\n')
}

async function run(plan: BenchPlan): Promise<0 | 2> {
  const bar = new ProgressBar(stderr, countTurns(plan))
  const result = await conduct(plan, {
    onTurn: (pattern, round, target) =>
      bar.next(`${pattern.name}, round ${round} of ${plan.rounds}: ${target.name}`),
    onFailure({ message }) {
      bar.clear()
      stderr.write(`bench: ${message}\n`)
    },
  })
  bar.clear()
  const { setting, failures } = result
  stdout.write(`${toTerminal(result)}${setting.cpu}, Node ${setting.node}, ${setting.pinning}\n`)
  stdout.write(
    `${setting.rounds} rounds, ${setting.seconds} s; ratios are raw ws over the target: higher is better\n`,
  )
  writeReport(plan.files, result)
  for (const file of Object.values(plan.files)) stdout.write(`written: ${file}\n`)
  return failures.length === 0 ? 0 : 2
}

// Processes that run for the bench end with it, however it ends.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status))
}

try {
  const plan = readArguments(process.argv.slice(2))
  if (plan.help) stdout.write(HELP)
  else if (plan.list) stdout.write(list())
  else process.exitCode = await run(plan)
} catch (error) {
  if (!(error instanceof BenchError)) throw error
  stderr.write(`bench: ${error.message}\n`)
  process.exitCode = 2
}
