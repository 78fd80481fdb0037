import { createSessions, defineSession } from '@echosession/core'
import { HOSTS, type HostName } from '../index.js'
import type { ServerOrder, ServerWord } from './word.js'

const [name = 'node', cap = '1048576', size = '16384', policy = 'close'] = process.argv.slice(2)
const STAMP_BYTES = 8
const SAMPLE_MS = 20

function tell(word: ServerWord): void {
  process.send?.(word)
}

const sessions = createSessions({
  maxConnections: 200_000,
  maxBufferedBytes: Number(cap),
  slowConsumer: policy as 'close',
  observer: { onError() {} },
})
const receiver = defineSession({ open: (session) => void session.join('all') })
const host = await HOSTS[name as HostName]({ routes: { '/ws': receiver }, sessions })

let peak = 0
const sample = () => {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(sample, SAMPLE_MS).unref()

process.on('message', async (order: ServerOrder) => {
  if (order === 'broadcast') {
    const payload = Buffer.alloc(Number(size))
    payload.writeBigInt64BE(process.hrtime.bigint(), 0)
    payload.fill('.', STAMP_BYTES)
    sessions.to('all').send(payload, { key: 'all' })
    sample()
    return
  }
  if (order === 'close') {
    await host.close()
    process.disconnect()
    return
  }
  if (order === 'reset') {
    globalThis.gc?.()
    peak = process.memoryUsage.rss()
  }
  const { closedByCode, dropped, active } = sessions.counters()
  let congested = 0
  let buffered = 0
  for (const session of sessions) {
    buffered += session.bufferedBytes
    if (session.bufferedBytes > 65_536) congested++
  }
  tell({
    report: {
      rssBytes: process.memoryUsage.rss(),
      peakBytes: peak,
      closedByCode,
      dropped,
      active,
      congested,
      buffered,
    },
  })
})
tell({ listening: host.port })
