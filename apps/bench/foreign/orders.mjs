import process from 'node:process'
import { createInterface } from 'node:readline'

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Starts a server, says where it listens, and then what it holds whenever it is asked. */
export async function serveOrders(start, collectGarbage) {
  let server
  try {
    server = await start()
  } catch (error) {
    say({ failed: `${error.code ?? ''} ${error.message}` })
    process.exit(1)
  }
  say({ listening: server.port })
  createInterface({ input: process.stdin })
    .on('line', async () => {
      for (let round = 0; round < 4; round++) {
        collectGarbage()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const { rss, heapUsed, external } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      say({ usage: { rssBytes: rss, heapBytes: heapUsed + external, cpuMicros: user + system } })
    })
    .on('close', () => process.exit())
  return server
}
