import type { Report } from '@echosession/conformance'
import type { RunPlan } from './arguments.js'
import { contractTargets, judgeTarget } from './contract-part.js'
import { judgeServer, wireTargets } from './wire-part.js'

/** Gets each report as it is there, and hears of the cases in between. */
export interface JudgeListener {
  onCase(target: string, done: number, total: number): void
  onReport(report: Report): void
}

/** Judges every target of a plan, one after the other. */
export async function judgeAll(
  plan: Pick<RunPlan, 'full' | 'suites' | 'seed'>,
  isWanted: (target: string) => boolean,
  listener: JudgeListener,
): Promise<Report[]> {
  const reports: Report[] = []
  const keep = (report: Report): void => {
    reports.push(report)
    listener.onReport(report)
  }
  for (const target of plan.suites.includes('wire') ? wireTargets(plan.full) : []) {
    if (!isWanted(target.name)) continue
    keep(await judgeServer(target, (done, total) => listener.onCase(target.name, done, total), plan.seed))
  }
  for (const target of plan.suites.includes('contract') ? contractTargets() : []) {
    if (!isWanted(target.name)) continue
    keep(await judgeTarget(target, (done, total) => listener.onCase(target.name, done, total)))
  }
  return reports
}
