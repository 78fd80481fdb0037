import { type BenchPlan, HELP, readArguments } from './arguments.js'
import { BenchError } from './bench-error.js'
import { updateCommitted } from './committed-result.js'
import { conduct, countTurns } from './conduct.js'
import { PATTERNS } from './patterns.js'
import { ProgressBar } from './report/progress-bar.js'
import { growthTables, toTerminal } from './report/terminal.js'
import { writeReport } from './report/write-report.js'
import { TARGETS } from './targets.js'

const { stdout, stderr } = process
const STOPPED = 130

function list(): string {
  const patterns = PATTERNS.map(({ letter, name, title }) => `  ${letter}  ${name.padEnd(12)} ${title}`)
  const targets = TARGETS.map(({ name, title }) => `  ${name.padEnd(23)} ${title}`)
  return ['Patterns:', ...patterns, '', 'Targets:', ...targets, ''].join('\n')
}

async function run(plan: BenchPlan): Promise<number> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The first one ends the run after the turn that is under way, so that what was measured is kept.
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(STOPPED)
      stopping.abort()
    })
  }
  const bar = new ProgressBar(stderr, countTurns(plan))
  const result = await conduct(
    plan,
    {
      onTurn: (pattern, round, target) =>
        bar.next(`${pattern.name}, round ${round} of ${plan.rounds}: ${target.name}`),
      onNote(line) {
        bar.clear()
        stderr.write(`bench: ${line}\n`)
      },
      onFailure({ message }) {
        bar.clear()
        stderr.write(`bench: ${message}\n`)
      },
    },
    stopping.signal,
  )
  bar.clear()
  const { setting, failures } = result
  stdout.write(
    `${plan.growth ? growthTables(result) : toTerminal(result)}\n${setting.cpu}, Node ${setting.node}, ${setting.pinning}\n`,
  )
  stdout.write(
    `${setting.rounds} rounds, ${setting.seconds} s; ratios are raw ws over the target: higher is better\n`,
  )
  writeReport(plan.files, result)
  if (plan.update) {
    updateCommitted(result)
    stdout.write('apps/bench/result.json is up to date; npm run docs writes docs/performance.md\n')
  }
  for (const file of Object.values(plan.files)) stdout.write(`written: ${file}\n`)
  if (stopping.signal.aborted) return STOPPED
  return failures.length === 0 ? 0 : 2
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
