import type { Socket } from 'node:net'
import { RawConnection } from '@echosession/probe'
import type { ReceiverOrder, ReceiverWord } from './word.js'

const HEADER_BYTES = 4
const STAMP_BYTES = 8
const MS = 1_000_000

function tell(word: ReceiverWord): void {
  process.send?.(word)
}

const readers: Socket[] = []
let frameBytes = 0
let reading = 0
let received = 0
let latencies: number[] = []

/** Follows the frames of one connection, all of one length, and notes how old each is when it is complete. */
function read(socket: Socket): void {
  let at = 0
  let sentAt = 0n
  socket.on('data', (chunk: Buffer) => {
    let from = 0
    while (from < chunk.length) {
      const step = Math.min(frameBytes - at, chunk.length - from)
      // A stamp that is cut in two is left out: there are enough others.
      if (at === 0)
        sentAt = step >= HEADER_BYTES + STAMP_BYTES ? chunk.readBigInt64BE(from + HEADER_BYTES) : 0n
      at += step
      from += step
      if (at < frameBytes) continue
      at = 0
      if (sentAt !== 0n) latencies.push(Number(process.hrtime.bigint() - sentAt) / MS)
      received++
      if (received !== reading) continue
      received = 0
      tell('received')
    }
  })
}

async function connect(count: number, port: number): Promise<void> {
  while (readers.length < count) {
    const missing = Math.min(100, count - readers.length)
    const next = await Promise.all(
      Array.from({ length: missing }, () => RawConnection.upgrade({ port, secure: false }, '/ws')),
    )
    for (const { socket } of next) {
      socket.removeAllListeners('data')
      readers.push(socket)
      read(socket)
    }
  }
  reading = count
}

process.on('message', async (order: ReceiverOrder) => {
  if (order === 'close') {
    for (const socket of readers) socket.destroy()
    process.disconnect()
  } else if (order === 'latencies') {
    const sorted = Float64Array.from(latencies).sort()
    latencies = []
    const quantile = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    tell({ latencies: { count: sorted.length, p50: quantile(0.5), p99: quantile(0.99) } })
  } else if ('connect' in order) {
    frameBytes = order.frameBytes
    await connect(order.connect, order.port)
    tell('connected')
  } else {
    for (const socket of readers.slice(0, order.stall)) socket.pause()
    reading -= order.stall
    tell('stalled')
  }
})
