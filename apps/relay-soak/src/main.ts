import { HELP, type Plan, readArguments, UsageError } from './arguments.js'
import { soak } from './soak.js'

/** What a publication may take to settle, and how much later a busy process may notice. */
const SETTLE_MS = 5_000
const TOLERANCE_MS = 1_000
const MAX_QUEUED_BYTES = 16_777_216

const say = (line: string) => process.stdout.write(`${line}\n`)

async function main(plan: Plan): Promise<number> {
  const { engine, client, seconds, rate, faults, processes, seed } = plan
  const what = engine === 'redis' ? `redis by ${client}` : engine
  say(
    `${processes} processes on ${what}, ${rate} messages/s for ${seconds} s, ${faults} faults, seed ${seed}`,
  )
  const result = await soak(plan, say)
  const { outcome: o } = result
  const happened = Object.entries(result.faults).map(([fault, count]) => `${count} ${fault}`)
  say(`  faults: ${happened.join(', ') || 'none'}`)
  say(
    `  published ${o.published}, delivered ${o.delivered} to other processes, lost ${o.lost}, reported ${o.reported}`,
  )
  say(`  came twice ${o.doubled}, out of order ${o.disordered}; dropped before delivery ${o.dropped}`)
  say(`  longest publication ${o.longestMs.toFixed(0)} ms, most bytes queued ${o.mostQueuedBytes}`)
  say(`  missing in the process that sent them: ${o.localMissing}; errors told ${o.errors}`)
  for (const difference of o.differences) say(`  differs: ${difference}`)
  const wrong = [
    o.lost !== o.reported || o.differences.length > 0 ? 'what was reported is not what was lost' : '',
    o.doubled > 0 ? 'messages came twice' : '',
    o.disordered > 0 ? 'messages came out of order' : '',
    o.localMissing > 0 ? 'local delivery suffered' : '',
    o.longestMs > SETTLE_MS + TOLERANCE_MS ? 'a publication took too long to settle' : '',
    o.mostQueuedBytes > MAX_QUEUED_BYTES ? 'too much was queued' : '',
  ].filter((text) => text !== '')
  say(wrong.length === 0 ? 'ok' : `FAILED: ${wrong.join('; ')}`)
  return wrong.length === 0 ? 0 : 1
}

try {
  const plan = readArguments(process.argv.slice(2))
  if (plan === undefined) process.stdout.write(HELP)
  else process.exitCode = await main(plan)
} catch (error) {
  if (!(error instanceof UsageError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 2
}
