import { BenchError } from './bench-error.js'
import type { Job } from './generator/job.js'
import type { CpuSource } from './measure/cpu-time.js'
import { GeneratorProcess } from './measure/generator-process.js'
import { type Pinning, pinned } from './measure/pinning.js'
import type { Sample } from './measure/sample.js'
import { ServerProcess } from './measure/server-process.js'
import { type Pair, runStep } from './measure/step-run.js'
import type { Pattern, Quantity, Step } from './pattern.js'
import { RUNTIMES } from './runtime.js'
import type { ServerPlan } from './servers/server-plan.js'
import { BASE, canDo, type Target } from './target.js'

const CALIBRATION_MS = 300

/** What is to be measured, and how. */
export interface Course {
  readonly patterns: readonly Pattern[]
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly warmMs: number
  readonly runMs: number
  readonly port: number
  readonly pinning: Pinning
  readonly cpuSource: CpuSource
  /** Ends the course before the next turn. */
  readonly signal: AbortSignal
}

/** A target that could not be measured to the end. */
export interface Failure {
  readonly target: string
  readonly pattern: string
  readonly round: number
  readonly message: string
}

/** Hears of what is going on. */
export interface CourseListener {
  /** A target's turn in a round begins. */
  onTurn(pattern: Pattern, round: number, target: Target): void
  onSample(sample: Sample): void
  onFailure(failure: Failure): void
}

/** A target at a step, in a round. */
interface Turn {
  readonly round: number
  readonly group: number
  readonly step: Step
  readonly target: Target
}

/** How many targets are held against the same turn of raw `ws`: a shared machine is not the same for longer. */
const GROUP_SIZE = 2

function groupsOf(targets: readonly Target[]): Target[][] {
  const base = targets.filter(({ name }) => name === BASE)
  const others = targets.filter(({ name }) => name !== BASE)
  const groups: Target[][] = []
  for (let at = 0; at === 0 || at < others.length; at += GROUP_SIZE) {
    groups.push([...base, ...others.slice(at, at + GROUP_SIZE)])
  }
  return groups
}

/**
 * The turns of a pattern in their order. In each round the targets of a step come in groups, each begun by raw `ws`, so
 * that they find the machine as raw `ws` found it.
 */
export function* turnsOf(
  { steps }: Pattern,
  { targets, rounds }: Pick<Course, 'targets' | 'rounds'>,
): Generator<Turn> {
  for (let round = 1; round <= rounds; round++) {
    for (const step of steps) {
      const groups = groupsOf(targets.filter((target) => canDo(target, step)))
      for (const [index, group] of groups.entries()) {
        for (const target of group) yield { round, group: index + 1, step, target }
      }
    }
  }
}

/** Runs every pattern in rounds: in each of them every target has its turn at each step. */
export class Rounds {
  readonly #course: Course
  readonly #listener: CourseListener
  #maximum = 0

  constructor(course: Course, listener: CourseListener) {
    this.#course = course
    this.#listener = listener
  }

  /**
   * Measures everything. A target that fails is left out of what is left of that pattern.
   * @throws {@link BenchError} when raw `ws` fails, without which there is no ratio.
   */
  async run(): Promise<void> {
    for (const pattern of this.#course.patterns) {
      const failed = new Set<string>()
      for (const turn of turnsOf(pattern, this.#course)) {
        const { round, target } = turn
        if (failed.has(target.name)) continue
        if (this.#course.signal.aborted) return
        this.#listener.onTurn(pattern, round, target)
        try {
          await this.#turn(turn)
        } catch (error) {
          if (!(error instanceof BenchError)) throw error
          const message = `${target.name} failed in round ${round} of pattern ${pattern.name}: ${error.message}`
          this.#listener.onFailure({ target: target.name, pattern: pattern.name, round, message })
          if (target.name === BASE || error.isFatal) throw new BenchError(message)
          failed.add(target.name)
        }
      }
    }
  }

  // Each has a server of its own: what an earlier step has left in its heap is not to count against a later one.
  async #turn(turn: Turn): Promise<void> {
    const pair = await this.#start(turn.target, this.#planOf(turn))
    try {
      await this.#step(turn, pair)
    } finally {
      await stop(pair)
    }
  }

  async #step(turn: Turn, pair: Pair): Promise<void> {
    const { round, group, step, target } = turn
    try {
      const share = step.shareOfMaximum
      if (share !== undefined && target.name === BASE) this.#maximum = await this.#findMaximum(turn, pair)
      const { load } = step
      const job = this.#jobOf(turn, pair)
      const rate = share === undefined ? 0 : this.#maximum * share
      const paced = load.kind === 'paced' ? { ...job, load: { ...load, perSecond: rate } } : job
      const readings = await runStep(pair, step, paced)
      for (const [quantity, figure] of Object.entries(step.figures)) {
        const reading = readings[quantity as Quantity]
        if (reading === undefined) continue
        this.#listener.onSample({ figure: figure.key, target: target.name, round, group, ...reading })
      }
    } catch (error) {
      // That the server has ended says more than that its connections are lost.
      throw (await pair.server.gone()) ?? error
    }
  }

  async #findMaximum(turn: Turn, pair: Pair): Promise<number> {
    const { step } = turn
    const { connections } = step.load
    const job = { ...this.#jobOf(turn, pair), runMs: CALIBRATION_MS }
    const echo: Job = { ...job, load: { kind: 'echo', connections, depth: 1 } }
    return (await runStep(pair, { ...step, figures: {} }, echo)).cpu?.rate ?? 0
  }

  #planOf({ target, step }: Turn): ServerPlan {
    const { app, deflate = false, heartbeatMs = 0 } = step
    return { target: target.name, app, port: this.#course.port, deflate, heartbeatMs }
  }

  #jobOf({ target, step }: Turn, { server }: Pair): Job {
    const { message, load, deflate = false } = step
    const { warmMs, runMs } = this.#course
    return { protocol: target.protocol, port: server.port, message, load, deflate, warmMs, runMs }
  }

  async #start({ runtime = 'node' }: Target, plan: ServerPlan): Promise<Pair> {
    const { pinning, cpuSource } = this.#course
    const command = pinned(pinning.server, RUNTIMES[runtime].command(plan))
    const server = await ServerProcess.start(command, plan, cpuSource)
    return { server, generator: new GeneratorProcess(pinning.generator) }
  }
}

async function stop({ generator, server }: Pair): Promise<void> {
  generator.stop()
  await server.stop()
}
