import { CLAUSES, createMemoryTarget, type Report, run, type Target } from '@echosession/conformance'
import { createHostTarget, HOSTS, type HostName, TARGET_VARIANTS } from '@echosession/hosts'

/** Lists the targets of the contract suite: memory, and every host in every way that it is judged. */
export function contractTargets(): Target[] {
  const names = Object.keys(HOSTS) as HostName[]
  return [
    createMemoryTarget(),
    ...names.flatMap((name) =>
      TARGET_VARIANTS.map((variant) => createHostTarget(name, HOSTS[name], variant)),
    ),
  ]
}

/** Judges one target by every clause. */
export function judgeTarget(target: Target, onCase: (done: number, total: number) => void): Promise<Report> {
  return run(CLAUSES, target, { onProgress: (_outcome, done, total) => onCase(done, total) })
}
