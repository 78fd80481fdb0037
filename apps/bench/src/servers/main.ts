import { createInterface } from 'node:readline'
import type { ServerLine, ServerPlan, ServerUsage } from './server-plan.js'
import { STARTERS } from './starters.js'

function say(line: ServerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/**
 * What V8 does by itself after some minutes of little work: it also gives back the space for young objects, which grows
 * while many come at once and is no matter of how many there are. Node 20's V8 keeps that space.
 */
const AT_REST = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const

async function measure(): Promise<ServerUsage> {
  // What one collection lets go of, such as finalized handles, is only free after the next.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.(AT_REST)
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
