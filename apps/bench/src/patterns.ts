import type { MessageShape } from './generator/job.js'
import type { Pattern, Step } from './pattern.js'
import type { App } from './servers/server-plan.js'

const SMALL: MessageShape = { bytes: 32, binary: false }

function sizeName(bytes: number): string {
  if (bytes >= 1_048_576) return `${bytes / 1_048_576} MiB`
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`
}

function cpu(key: string, title: string, per = 'message'): Step['figures'] {
  return { cpu: { key, title, unit: 'µs', per } }
}

function pingPong(connections: number): Step {
  return {
    app: 'echo',
    load: { kind: 'echo', connections, depth: 1 },
    message: SMALL,
    figures: cpu(`a-${connections}`, `ping-pong, ${connections} × 32 B`),
    quick: connections === 64,
  }
}

function binaryEcho(bytes: number, connections: number): Step {
  return {
    app: 'echo',
    load: { kind: 'echo', connections, depth: 1 },
    message: { bytes, binary: true },
    figures: cpu(`c-${sizeName(bytes).replace(' ', '')}`, `echo, ${connections} × ${sizeName(bytes)} binary`),
    quick: bytes === 65_536,
  }
}

function broadcast(connections: number, bytes: number, burst: number): Step {
  const many = burst === 1 ? '' : `, bursts of ${burst}`
  return {
    app: 'broadcast',
    load: { kind: 'fan-out', connections, burst, senders: 1 },
    message: { bytes, binary: false },
    figures: cpu(
      `d-${connections}-${sizeName(bytes).replace(' ', '')}${burst === 1 ? '' : `-x${burst}`}`,
      `broadcast, ${connections} × ${sizeName(bytes)}${many}`,
      'delivery',
    ),
    quick: connections === 1_000 && bytes === 64,
  }
}

function handshakes(app: App, title: string): Step {
  return {
    app,
    load: { kind: 'connect', connections: 6_000, concurrency: 32, warm: 30_000 },
    message: SMALL,
    figures: cpu(`f-${app === 'guarded' ? 'guarded' : 'bare'}`, title, 'handshake'),
    quick: app === 'echo',
  }
}

/** Every pattern, in the order of the report. */
export const PATTERNS: readonly Pattern[] = [
  { letter: 'a', name: 'ping-pong', title: 'Ping-pong', steps: [64, 1, 1_000].map(pingPong) },
  {
    letter: 'b',
    name: 'pipelined',
    title: 'Pipelined',
    steps: [
      {
        app: 'echo',
        load: { kind: 'echo', connections: 64, depth: 32 },
        message: SMALL,
        figures: cpu('b', 'pipelined, 64 × 32 outstanding, 32 B'),
        quick: true,
      },
    ],
  },
  {
    letter: 'c',
    name: 'binary',
    title: 'Binary echo by size',
    steps: [binaryEcho(1_024, 64), binaryEcho(65_536, 16), binaryEcho(1_048_576, 4)],
  },
  {
    letter: 'd',
    name: 'broadcast',
    title: 'Broadcast',
    steps: [1_000, 5_000].flatMap((connections) =>
      [64, 1_024].flatMap((bytes) => [broadcast(connections, bytes, 1), broadcast(connections, bytes, 16)]),
    ),
  },
  {
    letter: 'e',
    name: 'idle',
    title: 'Idle connections',
    steps: [
      {
        app: 'echo',
        load: { kind: 'connect', connections: 10_000, concurrency: 64, warm: 1_000 },
        message: SMALL,
        heartbeatMs: 5_000,
        figures: {
          rss: { key: 'e-rss', title: 'memory (RSS), 10 000 idle', unit: 'bytes', per: 'connection' },
          heap: { key: 'e-heap', title: 'heap, 10 000 idle', unit: 'bytes', per: 'connection' },
          rest: { key: 'e-cpu', title: 'heartbeat, 10 000 idle', unit: 'µs', per: 'ping' },
        },
      },
    ],
  },
  {
    letter: 'f',
    name: 'handshakes',
    title: 'Handshakes',
    steps: [
      handshakes('echo', 'handshakes'),
      handshakes('guarded', 'handshakes, three middlewares and async auth'),
    ],
  },
  {
    letter: 'g',
    name: 'chat',
    title: 'JSON chat',
    steps: [
      {
        app: 'chat',
        load: { kind: 'fan-out', connections: 64, burst: 1, senders: 16 },
        message: { bytes: 64, binary: false, chat: true },
        figures: cpu('g', 'JSON chat, 64 members, 16 talk', 'delivery'),
        quick: true,
      },
    ],
  },
  {
    letter: 'h',
    name: 'deflate',
    title: 'Echo with permessage-deflate',
    steps: [
      {
        app: 'echo',
        load: { kind: 'echo', connections: 64, depth: 1 },
        message: { bytes: 4_096, binary: false },
        deflate: true,
        figures: cpu('h', 'permessage-deflate, 64 × 4 KiB text'),
      },
    ],
  },
  {
    letter: 'i',
    name: 'latency',
    title: 'Latency at 60 % of the highest rate of raw ws',
    steps: [
      {
        app: 'echo',
        load: { kind: 'paced', connections: 64, perSecond: 0 },
        message: SMALL,
        shareOfMaximum: 0.6,
        figures: {
          p50: { key: 'i-p50', title: 'p50 at 60 %', unit: 'ms', per: 'message' },
          p99: { key: 'i-p99', title: 'p99 at 60 %', unit: 'ms', per: 'message' },
          p999: { key: 'i-p999', title: 'p99.9 at 60 %', unit: 'ms', per: 'message' },
        },
      },
    ],
  },
]

/** Finds a pattern by its letter or its name. */
export function findPattern(patterns: readonly Pattern[], text: string): Pattern | undefined {
  return patterns.find(({ letter, name }) => text === letter || text === name)
}
