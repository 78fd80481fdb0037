import { readdirSync } from 'node:fs'
import { defineSession } from '@echosession/core'
import { turn } from '@echosession/probe'
import type { Host } from '../host.js'
import { HOSTS, type HostName } from '../index.js'
import type { Measure, Order, Told } from './measure.js'

const echo = defineSession({
  message(session, message) {
    session.send(message)
  },
})

const slow = defineSession({
  async authorize() {
    for (let turns = 0; turns < 3; turns++) await turn()
  },
  open(session) {
    session.send('welcome')
  },
})

const faults: string[] = []
process.on('uncaughtException', (error) => faults.push(`${error.stack}`))
process.on('unhandledRejection', (error) => faults.push(`${error instanceof Error ? error.stack : error}`))

function tell(told: Told): void {
  process.send?.(told)
}

function countDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return -1
  }
}

function countConnections({ server }: Host): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}

async function measure(host: Host): Promise<Measure> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('start this with --expose-gc')
  // What one collection lets go of, such as finalized handles, is only free after the next.
  for (let round = 0; round < 6; round++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const resources = process.getActiveResourcesInfo()
  const timers = resources.filter((name) => name === 'Timeout').length
  // Array buffers are among what is external.
  const { heapUsed, external, rss } = process.memoryUsage()
  const { active, pending, opened, closed, rejected, rejectedByCode } = host.sessions.counters()
  const { ES_ERR_ABORTED: aborted = 0 } = rejectedByCode
  return {
    heapBytes: heapUsed + external,
    rssBytes: rss,
    descriptors: countDescriptors(),
    timers,
    handles: resources.length - timers,
    connections: await countConnections(host),
    active,
    pending,
    opened,
    closed,
    rejected,
    aborted,
  }
}

const [name = 'node', secure = 'plain'] = process.argv.slice(2)
const host = await HOSTS[name as HostName]({
  routes: { '/ws': echo, '/slow': slow },
  options: { maxConnections: 50_000, observer: { onError: () => {} } },
  secure: secure === 'tls',
})

process.on('message', async (order: Order) => {
  if (order === 'measure') {
    tell({ measure: await measure(host) })
    return
  }
  await host.close()
  tell({ faults })
  process.disconnect()
})
tell({ listening: host.port })
