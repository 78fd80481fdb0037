import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from '@echosession/probe'
import { PlanError } from '../soak/plan.js'
import { readSlowReadersPlan, type SlowReadersPlan, USAGE } from './plan.js'
import type { ReceiverOrder, ReceiverWord, ServerOrder, ServerReport, ServerWord } from './word.js'

const PATIENCE_MS = 120_000
const HEADER_BYTES = 4
/** Broadcasts before anything is compared, while code is compiled and buffers grow. */
const WARM_UP = 10
const BASE_BROADCASTS = 40
const MIB = 1_048_576
/** Longer than `closeTimeoutMs` altogether. */
const WAIT_MS = 250
const MOST_WAITS = 60
const say = (line: string) => process.stdout.write(`${line}\n`)
const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`

/** A process of this command's that is asked and answers. */
class Helper<Order extends object | string, Word> {
  readonly #child: ChildProcess

  constructor(script: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#child = fork(path, [...args], { execArgv: ['--expose-gc'] })
  }

  tell(order: Order): void {
    this.#child.send(order)
  }

  async word(what: string): Promise<Word> {
    const [word] = (await within(once(this.#child, 'message'), what, PATIENCE_MS)) as [Word]
    return word
  }

  ask(order: Order, what: string): Promise<Word> {
    const word = this.word(what)
    this.tell(order)
    return word
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

interface Latencies {
  readonly count: number
  readonly p50: number
  readonly p99: number
}

/** One run: the two processes and what they say of each other. */
class Run {
  readonly #plan: SlowReadersPlan
  readonly #server: Helper<ServerOrder, ServerWord>
  readonly #receivers: Helper<ReceiverOrder, ReceiverWord>

  constructor(plan: SlowReadersPlan) {
    this.#plan = plan
    const { host, capBytes, messageBytes, policy } = plan
    this.#server = new Helper('server.js', [host, `${capBytes}`, `${messageBytes}`, policy])
    this.#receivers = new Helper('receivers.js', [])
  }

  async play(): Promise<string[]> {
    const { receivers, stalled, messageBytes, broadcasts, policy, capBytes } = this.#plan
    const listening = await this.#server.word('the start of the server')
    if (!('listening' in listening)) throw new Error('the server did not say where it listens')
    const connect = { connect: receivers, port: listening.listening, frameBytes: messageBytes + HEADER_BYTES }
    await this.#receivers.ask(connect, 'the connections')
    await this.#broadcast(WARM_UP)
    await this.#latencies()
    await this.#broadcast(BASE_BROADCASTS)
    const before = await this.#latencies()
    say(
      `  all ${receivers} read: half of a broadcast's receivers have it after ${before.p50.toFixed(1)} ms, 99 % after ${before.p99.toFixed(1)} ms`,
    )
    const base = await this.#report('reset')
    await this.#receivers.ask({ stall: stalled }, 'the end of reading')
    const sent = await this.#broadcast(broadcasts, (report) => this.#allBehind(report))
    const after = await this.#latencies()
    const end = await this.#settled()
    const ended = end.closedByCode['1013'] ?? 0
    const growth = end.peakBytes - base.rssBytes
    const allowed = stalled * capBytes * 1.1
    say(
      `  ${stalled} do not read, ${sent} broadcasts: half after ${after.p50.toFixed(1)} ms, 99 % after ${after.p99.toFixed(1)} ms`,
    )
    say(
      `  memory of the server: ${mib(base.rssBytes)} before, at most ${mib(growth)} more, ${mib(allowed)} allowed`,
    )
    say(
      `  of those who do not read ${ended} were ended with 1013 and ${end.congested} are behind; ${end.dropped} messages were dropped`,
    )
    const wrong: string[] = []
    if (growth > allowed) wrong.push(`the memory has grown by ${mib(growth)}`)
    if (after.p99 > 2 * before.p99)
      wrong.push(`99 % took ${(after.p99 / before.p99).toFixed(2)} times as long as before`)
    if (policy === 'close' && ended !== stalled) wrong.push(`${ended} of ${stalled} were ended with 1013`)
    if (policy !== 'close' && (end.active !== receivers || end.dropped === 0)) {
      wrong.push(`${end.active} of ${receivers} sessions are open, ${end.dropped} messages were dropped`)
    }
    this.#receivers.tell('close')
    this.#server.tell('close')
    return wrong
  }

  kill(): void {
    this.#server.kill()
    this.#receivers.kill()
  }

  // A session that is closing is still there until its peer has had the time to answer.
  async #settled(): Promise<ServerReport> {
    for (let wait = 0; ; wait++) {
      const report = await this.#report('report')
      if (this.#allBehind(report) || wait === MOST_WAITS) return report
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
  }

  #allBehind({ closedByCode, congested, dropped }: ServerReport): boolean {
    const { policy, stalled } = this.#plan
    if (policy === 'close') return (closedByCode['1013'] ?? 0) === stalled
    return congested >= stalled && dropped >= 10 * stalled
  }

  // Each goes out when everybody who reads has the one before.
  async #broadcast(most: number, isEnough?: (report: ServerReport) => boolean): Promise<number> {
    for (let sent = 1; sent <= most; sent++) {
      const received = this.#receivers.word(`broadcast ${sent} at everybody who reads`)
      this.#server.tell('broadcast')
      await received
      if (isEnough !== undefined && sent % 10 === 0 && isEnough(await this.#report('report'))) return sent
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  ${sent} broadcasts`)
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    return most
  }

  async #report(order: 'report' | 'reset'): Promise<ServerReport> {
    const word = await this.#server.ask(order, 'a report of the server')
    if (!('report' in word)) throw new Error('the server did not report')
    return word.report
  }

  async #latencies(): Promise<Latencies> {
    const word = await this.#receivers.ask('latencies', 'the times')
    if (typeof word === 'string') throw new Error('the receivers did not say how long it took')
    return word.latencies
  }
}

async function main(): Promise<number> {
  const plan = readSlowReadersPlan(process.argv.slice(2))
  if (plan === undefined) {
    say(USAGE)
    return 0
  }
  say(`${plan.host}, slowConsumer ${plan.policy}`)
  const run = new Run(plan)
  try {
    const wrong = await run.play()
    for (const line of wrong) say(`  ✖ ${line}`)
    say(wrong.length === 0 ? 'Every figure was met.' : `${wrong.length} figures were missed.`)
    return wrong.length === 0 ? 0 : 1
  } finally {
    run.kill()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  process.exitCode = error instanceof PlanError ? 2 : 1
  process.stderr.write(`${error instanceof PlanError ? error.message : error}\n`)
}
