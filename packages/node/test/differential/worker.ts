import { parentPort } from 'node:worker_threads'
import { judgeDeflatedSeeds, judgeSeed } from './judge.js'

// The faults of a case are expected, and where they were made is of no use.
Error.stackTraceLimit = 0

/** A run of seeds to judge, and what came of it. */
export interface Batch {
  readonly from: number
  readonly to: number
  /** Whether messages are compressed. */
  readonly deflate: boolean
}

/** What a batch came to: all alike, or the first difference. */
export interface Verdict extends Omit<Batch, 'deflate'> {
  readonly difference: string | undefined
}

parentPort?.on('message', async ({ from, to, deflate }: Batch) => {
  let difference: string | undefined
  if (deflate) difference = await judgeDeflatedSeeds(from, to)
  else for (let seed = from; seed < to && difference === undefined; seed++) difference = await judgeSeed(seed)
  parentPort?.postMessage({ from, to, difference } satisfies Verdict)
})
