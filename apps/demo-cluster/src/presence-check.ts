import { parseArgs } from 'node:util'
import { runMain, StartError, untilStopped } from 'demo-kit'
import { ChatGuest } from './chat-guest.js'
import { Cluster } from './cluster.js'
import type { EngineName } from './engine-server.js'

const USAGE = `npm run presence-check -- [flags]

Kills one process of four with SIGKILL, and measures until each of the other three knows that its people are
gone, and lists only the living. A round for each of the four hosts.

  --engine name   redis or nats, started for this (redis)
  --timeout ms    presenceTimeoutMs, which is the promise (15000)
  --help          shows this

Exits with 1 when one of the figures is over the promise, with 2 when the flags cannot be obeyed.
`

const NAMES = ['Ada', 'Bob', 'Carol', 'Dave']
/** How long a process that has missed the promise is still waited for. */
const LATE_MS = 10_000

const say = (line: string) => void process.stdout.write(`${line}\n`)
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`

interface Plan {
  readonly engine: EngineName
  readonly presenceTimeoutMs: number
}

function readPlan(): Plan | undefined {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'redis' },
      timeout: { type: 'string', default: '15000' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { engine, timeout } = values
  const presenceTimeoutMs = Number(timeout)
  if (engine !== 'redis' && engine !== 'nats')
    throw new Error(`--engine is ${engine}; allowed is redis or nats.`)
  if (!(/^\d+$/.test(timeout) && presenceTimeoutMs >= 100 && presenceTimeoutMs <= 60_000)) {
    throw new Error(`--timeout is ${timeout}; allowed is a whole number from 100 to 60000.`)
  }
  return { engine, presenceTimeoutMs }
}

/** Kills one process; returns after how many milliseconds each of the others knew. */
async function kill(
  cluster: Cluster,
  victim: number,
  room: string,
  patienceMs: number,
): Promise<readonly number[]> {
  const guests: ChatGuest[] = []
  for (const [at, demo] of cluster.processes.entries()) {
    const [guest] = await ChatGuest.enter(NAMES[at] ?? demo.name, demo, room)
    await Promise.all(guests.map((other) => other.hear('join', guest.name)))
    guests.push(guest)
  }
  const gone = guests[victim]
  if (gone === undefined) return []
  const living = guests.filter((guest) => guest !== gone)
  const killedAt = performance.now()
  const knew = living.map(async (guest) => {
    await guest.hear('leave', gone.name, patienceMs)
    return performance.now() - killedAt
  })
  await gone.at.kill()
  const times = await Promise.all(knew)
  const expected = living.map(({ name }) => name).join(', ')
  for (const { at } of living) {
    const [onlooker, names] = await ChatGuest.enter('Zoe', at, room)
    const listed = names.filter((name) => name !== 'Zoe').join(', ')
    if (listed !== expected) throw new StartError(`${at.title} lists ${listed}; alive are ${expected}.`)
    onlooker.leave()
  }
  for (const guest of living) guest.leave()
  return times
}

async function round(plan: Plan, victim: number): Promise<readonly number[]> {
  const cluster = await Cluster.start({ ...plan, url: undefined, port: 0 })
  // One that is told to end in the middle of a wait does not make anybody wait for the end of it.
  void untilStopped().then(() => process.exit(1))
  try {
    const title = cluster.processes[victim]?.title ?? ''
    const times = await kill(cluster, victim, 'check', plan.presenceTimeoutMs + LATE_MS)
    const others = cluster.processes.filter((_demo, at) => at !== victim)
    const list = others.map((demo, at) => `${demo.title} after ${seconds(times[at] ?? 0)}`).join(', ')
    say(`${title.padEnd(10)} killed; noticed by ${list}`)
    return times
  } finally {
    await cluster.close()
  }
}

async function check(plan: Plan): Promise<void> {
  const { engine, presenceTimeoutMs } = plan
  say(`Four processes on ${engine}, presenceTimeoutMs ${presenceTimeoutMs}.\n`)
  const times: number[] = []
  for (let victim = 0; victim < NAMES.length; victim++) times.push(...(await round(plan, victim)))
  const [least, greatest] = [Math.min(...times), Math.max(...times)]
  const held = greatest <= presenceTimeoutMs
  say(
    `\npresence right after ${seconds(least)} to ${seconds(greatest)}; promised: ${seconds(presenceTimeoutMs)}`,
  )
  say(held ? 'OK' : 'MISSED')
  if (!held) process.exitCode = 1
}

try {
  const plan = readPlan()
  if (plan === undefined) process.stdout.write(USAGE)
  else await runMain(() => check(plan))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
