import { cpus, loadavg, release, type } from 'node:os'
import type { BenchPlan } from './arguments.js'
import { BenchError } from './bench-error.js'
import { findCpuSource } from './measure/cpu-time.js'
import { choosePinning } from './measure/pinning.js'
import type { Sample } from './measure/sample.js'
import { figuresOf } from './pattern.js'
import type { BenchResult, MeasuredTarget } from './result.js'
import { type Course, type CourseListener, type Failure, Rounds, turnsOf } from './rounds.js'
import { RUNTIMES } from './runtime.js'
import { packageVersions, type Target } from './target.js'

// The first fifteen thousand messages cost a server twice what all further ones do, because its code is still being compiled.
const FULL = { warmMs: 1_000, runMs: 600 }
const QUICK = { warmMs: 500, runMs: 200 }

/** How many turns a course has. */
export function countTurns(course: Pick<Course, 'patterns' | 'targets' | 'rounds'>): number {
  return course.patterns.reduce((sum, pattern) => sum + [...turnsOf(pattern, course)].length, 0)
}

/** Hears of what is going on. */
export interface ConductListener extends Pick<CourseListener, 'onTurn' | 'onFailure'> {
  /** Something that whoever waits should know, such as a target that is left out. */
  onNote(line: string): void
}

function describe(target: Target, missing: string | undefined): MeasuredTarget {
  const { name, title, kind, options, runtime = 'node' } = target
  if (missing !== undefined) return { name, title, kind, options, versions: {}, missing }
  return {
    name,
    title,
    kind,
    options,
    versions: { ...RUNTIMES[runtime].version(target), ...packageVersions(target) },
  }
}

/** Measures what a plan asks for; a failure ends it early when there is no ratio without what failed. */
export async function conduct(
  plan: Pick<BenchPlan, 'patterns' | 'targets' | 'rounds' | 'port' | 'quick'>,
  listener: ConductListener,
  signal: AbortSignal,
): Promise<BenchResult> {
  const { patterns, rounds, port } = plan
  const missing = new Map<string, string>()
  for (const target of plan.targets) {
    const why = RUNTIMES[target.runtime ?? 'node'].prepare(target, listener.onNote)
    if (why === undefined) continue
    missing.set(target.name, why)
    listener.onNote(`${target.name} is left out: ${why}`)
  }
  const targets = plan.targets.filter(({ name }) => !missing.has(name))
  const pinning = choosePinning()
  const cpuSource = findCpuSource()
  const times = plan.quick ? QUICK : FULL
  const course: Course = { patterns, targets, rounds, port, pinning, cpuSource, signal, ...times }
  const samples: Sample[] = []
  const failures: Failure[] = []
  const startedAt = new Date()
  const loadBefore = loadavg()[0] ?? 0
  try {
    await new Rounds(course, {
      onTurn: listener.onTurn,
      onSample: (sample) => samples.push(sample),
      onFailure(failure) {
        failures.push(failure)
        listener.onFailure(failure)
      },
    }).run()
  } catch (error) {
    // It is among the failures; what was measured before is kept.
    if (!(error instanceof BenchError)) throw error
  }
  const [first] = cpus()
  return {
    setting: {
      firstRound: 1,
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
      node: process.versions.node,
      system: `${type()} ${release()}`,
      cpu: first?.model.trim() ?? 'unknown',
      cpus: cpus().length,
      pinning: pinning.note,
      cpuSource,
      load: [loadBefore, loadavg()[0] ?? 0],
      rounds,
      ...times,
    },
    targets: plan.targets.map((target) => describe(target, missing.get(target.name))),
    figures: figuresOf(patterns.flatMap(({ steps }) => steps)),
    samples,
    failures,
  }
}
