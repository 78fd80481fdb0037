import { existsSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

const DEADLINE_MS = 30_000

/** Waits until something holds, or until it is clear that it never will. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!holds() && performance.now() < deadline) await setImmediate()
}

/** Whether a process lives; a dead one that its parent has not asked about yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(
      existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '',
    )
  } catch {
    return false
  }
}
