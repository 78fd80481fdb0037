import type { HostName } from '../index.js'
import { Churn, IdleClients } from './client.js'
import type { Measure } from './measure.js'
import { checkDescriptors, HOST_CHOICES, type Plan, PlanError, readPlan } from './plan.js'
import { ServerProcess } from './server-process.js'

const USAGE = `npm run soak -- [flags]

Holds idle sessions on one process, then connects and leaves again in every way (close, FIN, reset,
aborted handshake), and looks whether anything is left behind. Each host runs in a process of its own.
Both processes need a file descriptor for each idle session: ulimit -n has to allow that.

  --host name     one of ${HOST_CHOICES.join(', ')} (all)
  --idle n        idle sessions (10000)
  --cycles n      connections that come and go (20000)
  --secure        over TLS
  --seed n        the seed of an earlier run
  --help          shows this

Exits with 1 when a figure is missed: opens equal closes, heap back within 1 MiB, no timer, other handle,
descriptor or connection left, no error in the process, and the process ends by itself. Exits with 2 when
the flags cannot be obeyed.
`
const MIB = 1_048_576
const WARM_UP = 3_000

const say = (line: string) => process.stdout.write(`${line}\n`)
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`

/** Shows how far a loop is to a person who watches. */
function showProgress(what: string): (done: number) => void {
  const { stderr } = process
  return (done) => void (stderr.isTTY && stderr.write(`\r\x1b[K${done === 0 ? '' : `  ${done} ${what}`}`))
}

function compare(base: Measure, end: Measure): string[] {
  const wrong: string[] = []
  const heap = end.heapBytes - base.heapBytes
  if (end.opened !== end.closed) wrong.push(`${end.opened} sessions opened, ${end.closed} closed`)
  if (end.active + end.pending > 0) wrong.push(`${end.active} sessions and ${end.pending} handshakes left`)
  if (end.connections > 0) wrong.push(`${end.connections} connections left`)
  if (heap > MIB) wrong.push(`the heap has grown by ${kib(heap)}`)
  if (end.timers > base.timers) wrong.push(`${end.timers} timers, ${base.timers} before`)
  if (end.handles > base.handles) wrong.push(`${end.handles} other handles, ${base.handles} before`)
  if (end.descriptors > base.descriptors)
    wrong.push(`${end.descriptors} descriptors, ${base.descriptors} before`)
  return wrong
}

async function soak(name: HostName, { idle, cycles, secure, seed }: Plan): Promise<string[]> {
  const tick = showProgress('done')
  const server = await ServerProcess.start(name, secure)
  try {
    const { port } = server
    // Code that has run often enough is compiled, and caches are filled, before anything is compared.
    await new Churn(port, secure, seed).run(Math.min(WARM_UP, 2 * cycles), tick)
    const base = await server.settle()
    const clients = new IdleClients(port, secure)
    const openedAt = performance.now()
    await clients.open(idle, tick)
    const opening = seconds(openedAt)
    const held = await server.measure()
    const perSession = (held.heapBytes - base.heapBytes) / idle
    const rss = (held.rssBytes - base.rssBytes) / idle
    say(
      `  ${held.active} idle sessions: ${kib(perSession)} of heap and ${kib(rss)} of memory each, opened in ${opening}`,
    )
    await clients.close()
    const after = await server.settle()
    say(`  after them: heap ${kib(after.heapBytes - base.heapBytes)} from before`)
    const churn = new Churn(port, secure, seed)
    const startedAt = performance.now()
    await churn.run(cycles, tick)
    const end = await server.settle()
    const took = seconds(startedAt)
    const ways = Object.entries(churn.taken).map(([way, count]) => `${count} ${way}`)
    say(`  ${cycles} cycles (${ways.join(', ')}) in ${took}`)
    say(
      `  opened ${end.opened}, closed ${end.closed}, refused ${end.rejected - end.aborted}, given up by the client ${end.aborted}`,
    )
    say(
      `  heap ${kib(end.heapBytes - base.heapBytes)} from before, ${end.timers - base.timers} timers, ${end.handles - base.handles} other handles, ${end.descriptors - base.descriptors} descriptors, ${end.connections} connections left`,
    )
    const { faults, code } = await server.close()
    const wrong = compare(base, end)
    if (held.active !== idle) wrong.push(`${held.active} of ${idle} idle sessions were held`)
    if (code !== 0) wrong.push(`the process ended with ${code}`)
    return [...wrong, ...faults.map((fault) => `reached the process: ${fault}`)]
  } finally {
    server.kill()
  }
}

async function main(): Promise<number> {
  const plan = readPlan(process.argv.slice(2))
  if (plan === undefined) {
    say(USAGE)
    return 0
  }
  checkDescriptors(plan.idle)
  say(`seed ${plan.seed}${plan.secure ? ', over TLS' : ''}`)
  let missed = 0
  for (const name of plan.names) {
    say(name)
    for (const wrong of await soak(name, plan)) {
      missed++
      say(`  ✖ ${wrong}`)
    }
  }
  say(missed === 0 ? 'Every figure was met.' : `${missed} figures were missed.`)
  return missed === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof PlanError) process.exitCode = 2
  else process.exitCode = 1
  process.stderr.write(`${error instanceof PlanError ? error.message : error}\n`)
}
