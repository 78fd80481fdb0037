import { createInterface } from 'node:readline'
import type { ServerLine, ServerPlan, ServerUsage } from './server-plan.js'
import { STARTERS } from './starters.js'

function say(line: ServerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function measure(): Promise<ServerUsage> {
  // What one collection lets go of, such as finalized handles, is only free after the next.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return { rssBytes: rss, heapBytes: heapUsed + external + arrayBuffers, cpuMicros: user + system }
}

const plan = JSON.parse(process.argv[2] ?? '{}') as ServerPlan

try {
  const start = await STARTERS[plan.target]?.()
  if (start === undefined) throw new Error(`There is no server ${plan.target}.`)
  // Something may come late, such as the error of a server that cannot listen.
  process.once('uncaughtException', (error) => {
    say({ failed: error.message })
    process.exitCode = 1
    setImmediate(() => process.exit())
  })
  say({ listening: await start(plan) })
} catch (error) {
  say({ failed: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

// Each line asks for the memory; the end of the input ends the process.
createInterface(process.stdin)
  .on('line', async () => say({ usage: await measure() }))
  .on('close', () => process.exit())
