import { inspect } from 'node:util'
import type { CaseReport, Report } from '../report/report.js'
import type { Transcript } from '../wire/transcript.js'
import type { Chapter, Clause } from './clause.js'
import { DEFAULT_PATIENCE, type Patience } from './patience.js'
import { ProcessWatch } from './process-watch.js'
import type { Exclusion } from './target.js'

/** What a case is played on. */
export interface Playground {
  readonly transcript: Transcript
  close(): Promise<void>
}

/** What is judged, as far as it is the same in every suite. */
export interface Judged<Need extends string> {
  readonly name: string
  readonly capabilities: Readonly<Record<Need, boolean>>
  readonly excluded?: Readonly<Record<string, Exclusion>>
}

/** How a suite plays its clauses. */
export interface Suite<On extends Playground, Need extends string, Of extends Judged<Need>> {
  readonly name: Report['suite']
  prepare(target: Of, patience: Patience): On
  /** The tests that what a target does not declare is not there indeed. */
  readonly absence: Readonly<Record<Need, (stage: On) => Promise<void>>>
}

interface Trial {
  readonly error: Error | undefined
  readonly transcript: Transcript
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

async function attempt<On extends Playground>(
  check: (stage: On) => Promise<void>,
  stage: On,
): Promise<Trial> {
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
  return { error, transcript: stage.transcript }
}

/** What a clause needs and the target declares that it does not have. */
export function missing<Need extends string>(
  clause: { readonly needs?: readonly Need[] },
  target: Judged<Need>,
): Need[] {
  return (clause.needs ?? []).filter((capability) => !target.capabilities[capability])
}

/** The outcome of one clause, with the error behind a failure. */
export interface Judgement {
  readonly report: CaseReport
  readonly error: Error | undefined
}

/** Judges one clause on one target. */
export async function judge<On extends Playground, Need extends string, Of extends Judged<Need>>(
  suite: Suite<On, Need, Of>,
  clause: Clause<On, Need, string>,
  chapter: Chapter<On, Need, string>,
  target: Of,
  patience: Patience = DEFAULT_PATIENCE,
): Promise<Judgement> {
  const startedAt = performance.now()
  const lacking = missing(clause, target)
  const exclusion = target.excluded?.[clause.id]
  const check = async (stage: On) => {
    if (lacking.length === 0) return clause.check(stage)
    for (const capability of lacking) await suite.absence[capability](stage)
  }
  const { error, transcript } = await attempt(check, suite.prepare(target, patience))
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
      transcript: transcript.entries(),
    } as const
    return { report, error }
  }
  if (lacking.length === 0) return { report: { ...base, verdict: 'pass' }, error: undefined }
  return {
    report: { ...base, verdict: 'unsupported', note: `declared off, and absent: ${lacking.join(', ')}` },
    error: undefined,
  }
}
