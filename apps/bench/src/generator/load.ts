import type { Job, LoadResult } from './job.js'

/** A load on a server. */
export interface Load {
  /** Connects and warms the server up. */
  prepare(): Promise<void>
  /** Runs once and ends with nothing under way. */
  run(): Promise<LoadResult>
  /** Disconnects everything. */
  close(): Promise<void>
}

/** No run is longer in messages. */
export const MAX_MESSAGES = 20_000_000

/** Makes the load of a kind. */
export type CreateLoad = (job: Job) => Load

/** Measures what this process uses while something runs. */
export async function metered(work: () => Promise<number>): Promise<LoadResult> {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const messages = await work()
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  return { messages, seconds, cpuSeconds: (user + system) / 1e6 }
}

const LOOK_MS = 10
/** On a machine that is busy with other things a run may take so much longer by the clock. */
const MOST = 20

/**
 * Says when this process has worked for so many milliseconds of CPU time, and with it the server at the other end. By
 * the clock a server that gets little of a busy machine would hardly be warm when it is measured.
 * @returns a function that stops looking.
 */
export function afterWork(ms: number, onOver: () => void): () => void {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 < ms && performance.now() - startedAt < ms * MOST) return
    clearInterval(timer)
    onOver()
  }, LOOK_MS)
  return () => clearInterval(timer)
}
