import type { Job, LoadResult } from '../generator/job.js'
import type { Quantity, Step } from '../pattern.js'
import type { GeneratorProcess } from './generator-process.js'
import type { Sample } from './sample.js'
import type { ServerProcess } from './server-process.js'

// The first heartbeats cost a server half as much again as all further ones do, because its code is still being compiled.
const WARM_HEARTBEATS = 3

/** A sample without what its caller knows. */
export type Reading = Omit<Sample, 'figure' | 'target' | 'round' | 'group'>

/** The two processes of a run. */
export interface Pair {
  readonly server: ServerProcess
  readonly generator: GeneratorProcess
}

interface Window {
  readonly result: LoadResult
  readonly cpuSeconds: number
}

async function runWindow({ server, generator }: Pair): Promise<Window> {
  const before = await server.cpuSeconds()
  const result = await generator.run()
  return { result, cpuSeconds: (await server.cpuSeconds()) - before }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function runIdle(
  pair: Pair,
  { heartbeatMs = 0 }: Step,
  { protocol }: Job,
): Promise<Partial<Record<Quantity, Reading>>> {
  const { server } = pair
  const before = await server.usage()
  const { result } = await runWindow(pair)
  const after = await server.usage()
  const memory = {
    rss: { cost: (after.rssBytes - before.rssBytes) / result.messages },
    heap: { cost: (after.heapBytes - before.heapBytes) / result.messages },
  }
  // Without WebSocket there are no pings.
  if (protocol === 'tcp') return memory
  await pause(WARM_HEARTBEATS * heartbeatMs)
  const cpuBefore = await server.cpuSeconds()
  await pause(heartbeatMs)
  const cpu = (await server.cpuSeconds()) - cpuBefore
  return { ...memory, rest: { cost: cpu / result.messages } }
}

/** Runs one step against a server and reads what it asks for. */
export async function runStep(pair: Pair, step: Step, job: Job): Promise<Partial<Record<Quantity, Reading>>> {
  await pair.generator.prepare(job)
  try {
    if (step.figures.rss !== undefined) return await runIdle(pair, step, job)
    const { result, cpuSeconds } = await runWindow(pair)
    const { messages, seconds, latency } = result
    const shares = { serverShare: cpuSeconds / seconds, generatorShare: result.cpuSeconds / seconds }
    const cpu: Reading = { cost: cpuSeconds / messages, rate: messages / seconds, ...shares }
    if (latency === undefined) return { cpu }
    // A paced load spins while it waits, so that its share says nothing.
    const { p50, p99, p999 } = latency
    return { cpu, p50: { cost: p50 }, p99: { cost: p99 }, p999: { cost: p999 } }
  } finally {
    if (!pair.server.hasEnded) await pair.generator.close()
  }
}
