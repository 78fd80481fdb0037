// Reads large messages on a port, always in the same buffers, and says how often young objects have been collected, what
// the first chunk took outside of V8's heap, and what of it is still there at the end.
import {
  constants,
  type NodeGCPerformanceDetail,
  type PerformanceEntry,
  PerformanceObserver,
} from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { LanePort } from '../dist/lane-port.js'
import { replayed } from '../dist/replayed-request.js'
import { quietSink } from './quiet-sink.js'
import { TestSocket } from './test-socket.js'

const CHUNK = 65_536
const CHUNKS = 16
const HEADER = 14
const MESSAGES = 100

let collections = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { detail } = entry as PerformanceEntry & { readonly detail: NodeGCPerformanceDetail }
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) collections++
  }
}).observe({ entryTypes: ['gc'] })

const server = new WebSocketServer({ noServer: true, clientTracking: false, autoPong: false })
const port = new LanePort(
  { server, handshake: replayed(), maxMessageBytes: CHUNK * CHUNKS, carried: false },
  new TestSocket(),
)
let messages = 0
port.connect(
  quietSink(() => void messages++),
  Buffer.alloc(0),
)
// A binary message masked with zeros, which leaves the buffers as they are.
const first = Buffer.alloc(CHUNK)
first.set([0x82, 0xff])
first.writeBigUInt64BE(BigInt(CHUNK * CHUNKS - HEADER), 2)
const other = Buffer.alloc(CHUNK)
const begin = process.memoryUsage()
port.read(first)
const begun = process.memoryUsage()
for (let message = 0; message < MESSAGES; message++) {
  if (message > 0) port.read(first)
  for (let chunk = 1; chunk < CHUNKS; chunk++) port.read(other)
}
// The observer hears of a collection a little later.
await setTimeout(100)
process.stdout.write(
  JSON.stringify({
    messages,
    collections,
    block: begun.arrayBuffers - begin.arrayBuffers,
    touched: begun.rss - begin.rss,
    kept: process.memoryUsage().arrayBuffers - begin.arrayBuffers,
  }),
)
process.exit()
