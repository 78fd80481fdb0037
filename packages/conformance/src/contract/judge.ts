import { inspect } from 'node:util'
import type { CaseReport } from '../report/report.js'
import { ABSENCE } from './absence.js'
import type { Chapter, Clause } from './clause.js'
import { DEFAULT_PATIENCE, type Patience } from './patience.js'
import { ProcessWatch } from './process-watch.js'
import { Stage } from './stage.js'
import type { Capability, Target } from './target.js'

type Check = (stage: Stage) => Promise<void>

interface Trial {
  readonly error: Error | undefined
  readonly stage: Stage
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

async function attempt(check: Check, target: Target, patience: Patience): Promise<Trial> {
  const stage = new Stage(target, patience)
  const watch = new ProcessWatch()
  let error: Error | undefined
  try {
    await check(stage)
  } catch (thrown) {
    error = asError(thrown)
  }
  try {
    await stage.close()
  } catch (thrown) {
    error ??= asError(thrown)
  }
  watch.stop()
  const { faults } = watch
  if (faults.length > 0) {
    error ??= new Error(`An error reached the process: ${inspect(faults[0])}`, { cause: faults[0] })
  }
  return { error, stage }
}

/** What a clause needs and the target declares that it does not have. */
export function missing(clause: Clause, target: Target): Capability[] {
  return (clause.needs ?? []).filter((capability) => !target.capabilities[capability])
}

/** The outcome of one clause, with the error behind a failure. */
export interface Judgement {
  readonly report: CaseReport
  readonly error: Error | undefined
}

/** Judges one clause on one target. */
export async function judge(
  clause: Clause,
  chapter: Chapter,
  target: Target,
  patience: Patience = DEFAULT_PATIENCE,
): Promise<Judgement> {
  const startedAt = performance.now()
  const lacking = missing(clause, target)
  const exclusion = target.excluded?.[clause.id]
  const check: Check = async (stage) => {
    if (lacking.length === 0) return clause.check(stage)
    for (const capability of lacking) await ABSENCE[capability](stage)
  }
  const { error, stage } = await attempt(check, target, patience)
  const base = {
    id: clause.id,
    title: clause.title,
    chapter: chapter.title,
    durationMs: performance.now() - startedAt,
  }
  if (exclusion !== undefined && lacking.length === 0) {
    if (error !== undefined) {
      const note = `${exclusion.reason} (${exclusion.issue})`
      return { report: { ...base, verdict: 'excluded', note }, error: undefined }
    }
    const surprise = new Error(
      `The clause is excluded (${exclusion.reason}), but it holds; take the exclusion away.`,
    )
    return { report: { ...base, verdict: 'fail', note: surprise.message }, error: surprise }
  }
  if (error !== undefined) {
    const report = {
      ...base,
      verdict: 'fail',
      note: error.message,
      transcript: stage.transcript.entries(),
    } as const
    return { report, error }
  }
  if (lacking.length === 0) return { report: { ...base, verdict: 'pass' }, error: undefined }
  return {
    report: { ...base, verdict: 'unsupported', note: `declared off, and absent: ${lacking.join(', ')}` },
    error: undefined,
  }
}
