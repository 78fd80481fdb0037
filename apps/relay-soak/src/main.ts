import { HELP, type Plan, readArguments, UsageError } from './arguments.js'
import { compareLogs, type LogReport } from './log-report.js'
import { isApart, runApart } from './network.js'
import { compareRelay, type RelayReport } from './relay-report.js'
import { exitOnSignals } from './signals.js'
import { ProcessEnded, soak } from './soak.js'

/** What a publication may take to settle, and how much later a busy process may notice. */
const SETTLE_MS = 5_000
const TOLERANCE_MS = 1_000
const MAX_QUEUED_BYTES = 16_777_216

const say = (line: string) => process.stdout.write(`${line}\n`)

function sayFaults(faults: Readonly<Record<string, number>>): void {
  const happened = Object.entries(faults).map(([fault, count]) => `${count} ${fault}`)
  say(`  faults: ${happened.join(', ') || 'none'}`)
}

// Each sentence that holds is something that is wrong.
function judge(wrong: Readonly<Record<string, boolean>>): number {
  const sentences = Object.keys(wrong).filter((sentence) => wrong[sentence])
  say(sentences.length === 0 ? 'ok' : `FAILED: ${sentences.join('; ')}`)
  return sentences.length === 0 ? 0 : 1
}

async function soakRelay(plan: Plan): Promise<number> {
  const { reports, faults } = await soak<RelayReport>(plan, say)
  const o = compareRelay(reports)
  sayFaults(faults)
  say(
    `  published ${o.published}, delivered ${o.delivered} to other processes, lost ${o.lost}, reported ${o.reported}`,
  )
  say(`  came twice ${o.doubled}, out of order ${o.disordered}; dropped before delivery ${o.dropped}`)
  say(`  longest publication ${o.longestMs.toFixed(0)} ms, most bytes queued ${o.mostQueuedBytes}`)
  say(`  missing in the process that sent them: ${o.localMissing}; errors told ${o.errors}`)
  for (const difference of o.differences) say(`  differs: ${difference}`)
  return judge({
    'what was reported is not what was lost': o.lost !== o.reported || o.differences.length > 0,
    'messages came twice': o.doubled > 0,
    'messages came out of order': o.disordered > 0,
    'local delivery suffered': o.localMissing > 0,
    'a publication took too long to settle': o.longestMs > SETTLE_MS + TOLERANCE_MS,
    'too much was queued': o.mostQueuedBytes > MAX_QUEUED_BYTES,
  })
}

async function soakLog(plan: Plan): Promise<number> {
  const { reports, faults } = await soak<LogReport>(plan, say)
  const o = compareLogs(reports)
  sayFaults(faults)
  say(
    `  ${o.sent} messages: ${o.acknowledged} acknowledged, ${o.refused} refused, of which ${o.unanswered} are in the log`,
  )
  say(`  delivered ${o.delivered}: lost ${o.lost}, came twice ${o.doubled}, out of order ${o.disordered}`)
  say(
    `  members that came back: ${o.recovered} got what they missed, ${o.unrecovered} were told that they cannot`,
  )
  say(
    `  longest append ${o.longestMs.toFixed(0)} ms; members that saw another order: ${o.differing}; errors told ${o.errors}`,
  )
  return judge({
    'acknowledged messages were lost': o.lost > 0,
    'messages came twice': o.doubled > 0,
    'messages came out of order': o.disordered > 0,
    'members of a room were not told the same': o.differing > 0,
    'members were refused what was there': o.unrecovered > 0,
    'nobody came back': o.recovered === 0,
    'an append took too long to settle': o.longestMs > SETTLE_MS + TOLERANCE_MS,
  })
}

async function main(plan: Plan): Promise<number> {
  if (plan.partition && !isApart()) return runApart()
  exitOnSignals()
  const { mode, engine, client, seconds, rate, faults, processes, seed } = plan
  const what = engine === 'redis' ? `redis by ${client}` : engine
  say(
    `${mode}: ${processes} processes on ${what}, ${rate} messages/s for ${seconds} s, ${faults} faults, seed ${seed}`,
  )
  return mode === 'log' ? soakLog(plan) : soakRelay(plan)
}

try {
  const plan = readArguments(process.argv.slice(2))
  if (plan === undefined) process.stdout.write(HELP)
  else process.exitCode = await main(plan)
} catch (error) {
  const isEnded = error instanceof ProcessEnded
  const isExpected = isEnded || error instanceof UsageError
  if (!isExpected && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = isEnded ? 1 : 2
}
