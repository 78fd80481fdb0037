import type { StartDemo } from './demo.js'
import { StartError } from './start-error.js'

/** Resolves when the process is asked to end, however often that happens: a terminal and npm both pass Ctrl-C on. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
}

/**
 * Runs `work` as what this process is for: a {@link StartError} becomes one sentence on standard error and exit code 1.
 */
export async function runMain(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}

/** Runs one demo until SIGINT or SIGTERM, then drains it; the process ends by itself with code 0. */
export function runDemo(start: StartDemo): Promise<void> {
  return runMain(async () => {
    const stopped = untilStopped()
    const demo = await start({ log: (line) => process.stdout.write(`${line}\n`) })
    await stopped
    await demo.close()
  })
}
