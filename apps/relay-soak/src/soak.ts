import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Plan } from './arguments.js'
import { Engine, type Fault } from './engine.js'
import { createRandom } from './random.js'
import type { WorkerOrder } from './worker.js'

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))
/** How long a fault lasts at most. */
const LONGEST_FAULT_MS = 1_000
/** Every so often the engine stands still, or cannot be reached, for longer than a publication may take. */
const LONG_EVERY = 40
const LONG_MS = 8_000
/** How long processes have, after the last message, to tell each other what was lost. */
const QUIET_MS = 6_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A process that has ended before its time. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded'
}

/** How often each fault happened. */
export type FaultCounts = Partial<Record<Fault | 'long stop' | 'long partition', number>>

class WorkerProcess {
  /** Rejects when the process ends before it is told to. */
  readonly gone: Promise<never>
  readonly #child: ChildProcess = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })

  constructor(index: number) {
    this.gone = new Promise((_resolve, reject) => {
      this.#child.once('exit', (code, signal) => {
        const how = signal === null ? `with status ${code}` : `by ${signal}`
        reject(new ProcessEnded(`Process ${index} has ended ${how}; what it said of it stands above.`))
      })
    })
    this.gone.catch(() => {})
  }

  /** Tells it to do something, and waits until it has. */
  async tell(order: WorkerOrder): Promise<unknown> {
    const answered = once(this.#child, 'message')
    this.#child.send(order, () => {})
    const [{ answer }] = (await Promise.race([answered, this.gone])) as [{ readonly answer: unknown }]
    return answer
  }

  end(): void {
    this.#child.kill()
  }
}

/** Runs the faults of a plan, one after the other, spread over the time. */
async function torment(engine: Engine, plan: Plan, say: (line: string) => void, { signal }: AbortController) {
  const { seed, faults, seconds } = plan
  const random = createRandom(seed)
  const counts: FaultCounts = {}
  const since = performance.now()
  for (let done = 1; done <= faults; done++) {
    const due = since + ((done - 1 + random()) * seconds * 1_000) / faults
    await pause(Math.max(0, due - performance.now()))
    if (signal.aborted) break
    const fault = engine.faults[Math.floor(random() * engine.faults.length)] as Fault
    const isLong = done % LONG_EVERY === 0
    const ms = 50 + random() * Math.min(LONGEST_FAULT_MS, (seconds * 500) / faults)
    const longFault = plan.partition && done % (2 * LONG_EVERY) === 0 ? 'partition' : 'stop'
    await (isLong ? engine.suffer(longFault, LONG_MS) : engine.suffer(fault, ms))
    const name = isLong ? (`long ${longFault}` as const) : fault
    counts[name] = (counts[name] ?? 0) + 1
    if (done % 20 === 0) say(`  ${done} of ${faults} faults`)
  }
  return counts
}

/** What the processes of a soak have seen, with how often each fault happened. */
export interface SoakResult<Report> {
  readonly reports: readonly Report[]
  readonly faults: FaultCounts
}

/**
 * Runs a plan on an engine of its own.
 * @throws {@link ProcessEnded}
 */
export async function soak<Report>(plan: Plan, say: (line: string) => void): Promise<SoakResult<Report>> {
  const engine = await Engine.start(plan)
  const workers = Array.from({ length: plan.processes }, (_, index) => new WorkerProcess(index))
  const all = (order: WorkerOrder) => Promise.all(workers.map((worker) => worker.tell(order)))
  const run = async () => {
    const ports = (await Promise.all(
      workers.map((worker, index) => worker.tell({ kind: 'start', plan, place: engine.place(index), index })),
    )) as number[]
    await pause(1_000)
    await all({ kind: 'meet', ports })
    await pause(1_000)
    await all({ kind: 'send' })
    const [faults] = await Promise.all([torment(engine, plan, say, over), pause(plan.seconds * 1_000)])
    await all({ kind: 'stop' })
    await pause(QUIET_MS)
    return { reports: (await all({ kind: 'report' })) as Report[], faults }
  }
  const over = new AbortController()
  try {
    return await Promise.race([run(), ...workers.map(({ gone }) => gone)])
  } finally {
    over.abort()
    for (const worker of workers) worker.end()
    await engine.close()
  }
}
