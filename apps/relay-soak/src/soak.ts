import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Plan } from './arguments.js'
import { Engine, FAULTS, type Fault } from './engine.js'
import { createRandom } from './random.js'
import { compare, type Outcome, type WorkerReport } from './report.js'
import type { WorkerOrder } from './worker.js'

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))
/** How long a fault lasts at most. */
const LONGEST_FAULT_MS = 1_000
/** How long processes have, after the last message, to tell each other what was lost. */
const QUIET_MS = 6_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

class WorkerProcess {
  readonly #child: ChildProcess = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })

  /** Tells it to do something, and waits until it has. */
  async tell(order: WorkerOrder): Promise<unknown> {
    const over = new AbortController()
    const options = { signal: over.signal }
    this.#child.send(order)
    try {
      const [answer]: unknown[] = await Promise.race([
        once(this.#child, 'message', options),
        once(this.#child, 'exit', options),
      ])
      if (typeof answer === 'object' && answer !== null) return (answer as { answer?: unknown }).answer
      throw new Error(`A process has ended with ${String(answer)}.`)
    } finally {
      over.abort()
    }
  }

  end(): void {
    this.#child.kill()
  }
}

/** Runs the faults of a plan, one after the other, spread over the time. */
async function torment(engine: Engine, { seed, faults, seconds }: Plan, say: (line: string) => void) {
  const random = createRandom(seed)
  const counts: Partial<Record<Fault, number>> = {}
  const since = performance.now()
  for (let done = 0; done < faults; done++) {
    await pause(Math.max(0, since + ((done + random()) * seconds * 1_000) / faults - performance.now()))
    const fault = FAULTS[Math.floor(random() * FAULTS.length)] as Fault
    await engine.suffer(fault, 50 + random() * Math.min(LONGEST_FAULT_MS, (seconds * 500) / faults))
    counts[fault] = (counts[fault] ?? 0) + 1
    if ((done + 1) % 20 === 0) say(`  ${done + 1} of ${faults} faults`)
  }
  return counts
}

/** What a soak came to, with how often each fault happened. */
export interface SoakResult {
  readonly outcome: Outcome
  readonly faults: Partial<Record<Fault, number>>
  readonly reports: readonly WorkerReport[]
}

/** Runs a plan on an engine of its own. */
export async function soak(plan: Plan, say: (line: string) => void): Promise<SoakResult> {
  const engine = await Engine.start(plan.engine)
  const workers = Array.from({ length: plan.processes }, () => new WorkerProcess())
  const all = (order: WorkerOrder) => Promise.all(workers.map((worker) => worker.tell(order)))
  try {
    await Promise.all(
      workers.map((worker, index) => worker.tell({ kind: 'start', plan, port: engine.port, index })),
    )
    // Losses are counted from the first message that was heard of a publisher.
    await pause(1_000)
    await all({ kind: 'greet' })
    await pause(1_000)
    await all({ kind: 'send' })
    const [faults] = await Promise.all([torment(engine, plan, say), pause(plan.seconds * 1_000)])
    await all({ kind: 'stop' })
    await pause(QUIET_MS)
    const reports = (await all({ kind: 'report' })) as WorkerReport[]
    return { outcome: compare(reports), faults, reports }
  } finally {
    for (const worker of workers) worker.end()
    await engine.close()
  }
}
