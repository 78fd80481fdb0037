import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Plan, PlanError, readPlan } from './plan.js'
import type { Verdict } from './worker.js'

const USAGE = `npm run fuzz -w packages/node -- [flags]

Plays streams made from consecutive seeds to the fast path and to plain ws, in pieces, while this side
sends, pings and closes, and compares events, bytes and close codes. Two threads work at it.

  --cases n   how many seeds (100000)
  --seed n    the first of them (1)
  --deflate   with permessage-deflate agreed on: far slower, for threads have to be waited for
  --help      shows this

Stops at the first difference and exits with 1. After Ctrl-C it says with which seed to go on. Exits with
2 when the flags cannot be obeyed.
`
const THREADS = 2
const BATCH = 500

const say = (line: string) => process.stdout.write(`${line}\n`)
const format = (count: number) => count.toLocaleString('en')

async function run({ cases, seed, deflate }: Plan): Promise<number> {
  const end = seed + cases
  const startedAt = performance.now()
  let next = seed
  let done = 0
  let stopped = false
  // Batches finish out of order; what lies before the earliest that is not finished has been judged.
  const open = new Set<number>()
  const goOn = () => Math.min(next, ...open)
  const rate = () => Math.round((done / (performance.now() - startedAt)) * 1_000)

  process.once('SIGINT', () => {
    stopped = true
  })
  const { stderr } = process
  const tick = () => {
    if (!stderr.isTTY) return
    const left = Math.ceil((cases - done) / Math.max(1, rate()))
    stderr.write(`\r\x1b[K  ${format(done)} of ${format(cases)}, ${format(rate())} a second, ${left} s left`)
  }

  const work = async (): Promise<string | undefined> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url))
    try {
      while (next < end && !stopped) {
        const from = next
        next = Math.min(end, from + BATCH)
        open.add(from)
        worker.postMessage({ from, to: next, deflate })
        const [verdict] = (await once(worker, 'message')) as [Verdict]
        if (verdict.difference !== undefined) {
          stopped = true
          return verdict.difference
        }
        open.delete(from)
        done += verdict.to - verdict.from
        tick()
      }
      return undefined
    } finally {
      await worker.terminate()
    }
  }

  const differences = await Promise.all(Array.from({ length: THREADS }, work))
  if (stderr.isTTY) stderr.write('\r\x1b[K')
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  const found = differences.filter((difference) => difference !== undefined)
  for (const difference of found) say(difference)
  say(
    `${format(done)} cases from seed ${seed} without a difference, ${format(rate())} a second, ${seconds} s.`,
  )
  if (found.length > 0) return 1
  if (goOn() < end) say(`Go on with --seed ${goOn()} --cases ${end - goOn()}${deflate ? ' --deflate' : ''}.`)
  return 0
}

try {
  const plan = readPlan(process.argv.slice(2))
  if (plan === undefined) process.stdout.write(USAGE)
  else process.exitCode = await run(plan)
} catch (error) {
  if (!(error instanceof PlanError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
