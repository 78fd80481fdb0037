import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { HOSTS } from '../index.js'
import { Churn, IdleClients } from './client.js'
import type { Measure } from './measure.js'
import { ServerProcess } from './server-process.js'

const USAGE = `npm run soak -w packages/hosts -- [flags]

Holds idle sessions on one process, then connects and leaves again in every way (close, FIN, reset,
aborted handshake), and looks whether anything is left behind. Each host runs in a process of its own.
Both processes need a file descriptor for each idle session: ulimit -n has to allow that.

  --host name     one of ${Object.keys(HOSTS).join(', ')}; all by default
  --idle n        idle sessions (10000)
  --cycles n      connections that come and go (20000)
  --secure        over TLS
  --seed n        the seed of an earlier run
  --help          shows this

Exits with 1 when a figure is missed: opens equal closes, heap back within 1 MiB, no timer, descriptor
or connection left, no error in the process, and the process ends by itself.
`
const MIB = 1_048_576
const WARM_UP = 3_000

const say = (line: string) => process.stdout.write(`${line}\n`)
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`

interface Plan {
  readonly idle: number
  readonly cycles: number
  readonly secure: boolean
  readonly seed: number
}

function compare(base: Measure, end: Measure): string[] {
  const wrong: string[] = []
  const heap = end.heapBytes - base.heapBytes
  if (end.opened !== end.closed) wrong.push(`${end.opened} sessions opened, ${end.closed} closed`)
  if (end.active + end.pending > 0) wrong.push(`${end.active} sessions and ${end.pending} handshakes left`)
  if (end.connections > 0) wrong.push(`${end.connections} connections left`)
  if (heap > MIB) wrong.push(`the heap has grown by ${kib(heap)}`)
  if (end.timers > base.timers) wrong.push(`${end.timers} timers, ${base.timers} before`)
  if (end.descriptors > base.descriptors)
    wrong.push(`${end.descriptors} descriptors, ${base.descriptors} before`)
  return wrong
}

async function soak(name: string, { idle, cycles, secure, seed }: Plan): Promise<string[]> {
  const server = await ServerProcess.start(name, secure)
  try {
    const { port } = server
    // Code that has run often enough is compiled, and caches are filled, before anything is compared.
    await new Churn(port, secure, seed).run(WARM_UP)
    const base = await server.settle()
    const clients = new IdleClients(port, secure)
    await clients.open(idle)
    const held = await server.measure()
    const perSession = (held.heapBytes - base.heapBytes) / idle
    const rss = (held.rssBytes - base.rssBytes) / idle
    say(`  ${held.active} idle sessions: ${kib(perSession)} of heap and ${kib(rss)} of memory each`)
    await clients.close()
    const after = await server.settle()
    say(`  after them: heap ${kib(after.heapBytes - base.heapBytes)} from before`)
    const churn = new Churn(port, secure, seed)
    const startedAt = performance.now()
    await churn.run(cycles)
    const end = await server.settle()
    const took = ((performance.now() - startedAt) / 1000).toFixed(1)
    const ways = Object.entries(churn.taken).map(([way, count]) => `${count} ${way}`)
    say(`  ${cycles} cycles (${ways.join(', ')}) in ${took} s`)
    say(`  opened ${end.opened}, closed ${end.closed}, refused ${end.rejected}`)
    say(
      `  heap ${kib(end.heapBytes - base.heapBytes)} from before, ${end.timers - base.timers} timers, ${end.descriptors - base.descriptors} descriptors, ${end.connections} connections left`,
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
  const { values } = parseArgs({
    options: {
      host: { type: 'string' },
      idle: { type: 'string', default: '10000' },
      cycles: { type: 'string', default: '20000' },
      secure: { type: 'boolean', default: false },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    say(USAGE)
    return 0
  }
  const names = values.host === undefined ? Object.keys(HOSTS) : [values.host]
  const unknown = names.find((name) => !(name in HOSTS))
  if (unknown !== undefined) {
    process.stderr.write(`There is no host ${unknown}; the hosts are ${Object.keys(HOSTS).join(', ')}.\n`)
    return 2
  }
  const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed)
  const plan = { idle: Number(values.idle), cycles: Number(values.cycles), secure: values.secure, seed }
  say(`seed ${seed}${plan.secure ? ', over TLS' : ''}`)
  let missed = 0
  for (const name of names) {
    say(name)
    for (const wrong of await soak(name, plan)) {
      missed++
      say(`  ✖ ${wrong}`)
    }
  }
  say(missed === 0 ? 'Every figure was met.' : `${missed} figures were missed.`)
  return missed === 0 ? 0 : 1
}

process.exitCode = await main()
