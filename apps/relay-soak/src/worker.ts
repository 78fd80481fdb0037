import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions, defineSession, type Relay } from '@echosession/core'
import { createNodeAdapter } from '@echosession/node'
import { createNatsRelay } from '@echosession/relay-nats'
import { createRedisRelay } from '@echosession/relay-redis'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { WebSocket } from 'ws'
import type { Plan } from './arguments.js'
import { Ledger } from './ledger.js'
import { ROOMS, roomName, type WorkerReport } from './report.js'

/** What the first process tells a worker. */
export type WorkerOrder =
  | { readonly kind: 'start'; readonly plan: Plan; readonly port: number; readonly index: number }
  /** Sends one message to every room, in which nothing goes wrong yet. */
  | { readonly kind: 'greet' }
  | { readonly kind: 'send' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'report' }
  | { readonly kind: 'end' }

const TICK_MS = 10

async function makeRelay({ engine, client }: Plan, port: number): Promise<Relay> {
  if (engine === 'nats') {
    const connection = await connect({
      servers: `127.0.0.1:${port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
      pingInterval: 5_000,
    })
    return createNatsRelay({ connection })
  }
  if (client === 'node-redis') {
    return createRedisRelay({ client: createClient({ url: `redis://127.0.0.1:${port}` }) })
  }
  return createRedisRelay({ client: new Redis(port, '127.0.0.1', { lazyConnect: true }) })
}

/** Times what is given to a relay, without changing anything about it. */
function timed(relay: Relay, report: (ms: number) => void): Relay {
  return {
    get maxPayloadBytes() {
      return relay.maxPayloadBytes
    },
    open(sink) {
      const link = relay.open(sink)
      return {
        publish(channel, payload) {
          const since = performance.now()
          return link.publish(channel, payload).finally(() => report(performance.now() - since))
        },
        subscribe: (channel) => link.subscribe(channel),
        unsubscribe: (channel) => link.unsubscribe(channel),
        close: () => link.close(),
      }
    },
  }
}

class Worker {
  readonly #ledger = new Ledger()
  readonly #errors: Record<string, number> = {}
  readonly #plan: Plan
  readonly #index: number
  readonly #sessions
  #longestMs = 0
  #mostQueuedBytes = 0
  #localMissing = 0
  #timer: NodeJS.Timeout | undefined
  #sent = 0
  readonly #numbers = new Array<number>(ROOMS).fill(0)

  constructor(plan: Plan, index: number, relay: Relay) {
    this.#plan = plan
    this.#index = index
    this.#sessions = createSessions({
      relay: timed(relay, (ms) => {
        this.#longestMs = Math.max(this.#longestMs, ms)
      }),
      allowedOrigins: '*',
      slowConsumer: 'drop',
      maxBufferedBytes: 64 * 1_048_576,
      observer: {
        onGap: ({ room, lost }) => this.#ledger.gap(room, lost),
        onError: (error) => {
          const message = error instanceof Error ? error.message : String(error)
          const [what = message] = message.split(/[:;]/)
          this.#errors[what] = (this.#errors[what] ?? 0) + 1
        },
      },
    })
  }

  /** Opens a server, and one member of each room that is a WebSocket client. */
  async begin(): Promise<void> {
    const definition = defineSession({
      open: (session) => void session.join(session.request.params.room ?? ''),
    })
    const adapter = createNodeAdapter(this.#sessions, { '/:room': definition })
    const server = createServer(adapter.listener)
    adapter.attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (let room = 0; room < ROOMS; room++) {
      const member = new WebSocket(`ws://127.0.0.1:${port}/${roomName(room)}`)
      member.on('message', (data) => this.#ledger.arrived(room, String(data)))
      await once(member, 'open')
    }
  }

  send(count: number): void {
    for (let n = 0; n < count; n++) {
      const room = this.#sent++ % ROOMS
      const number = (this.#numbers[room] as number) + 1
      this.#numbers[room] = number
      if (this.#sessions.to(roomName(room)).send(`${this.#index} ${number}`) !== 1) this.#localMissing++
    }
    this.#mostQueuedBytes = Math.max(this.#mostQueuedBytes, this.#sessions.counters().relayQueuedBytes)
  }

  start(): void {
    const perTick = (this.#plan.rate / this.#plan.processes) * (TICK_MS / 1_000)
    const since = performance.now()
    let given = 0
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - since) / TICK_MS) * perTick)
      this.send(due - given)
      given = due
    }, TICK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  report(): WorkerReport {
    const { relayLost, relayDropped, relayErrors, relayQueuedBytes } = this.#sessions.counters()
    return {
      index: this.#index,
      sent: [...this.#numbers],
      heard: this.#ledger.heard,
      gaps: this.#ledger.gaps,
      doubled: this.#ledger.doubled,
      disordered: this.#ledger.disordered,
      relayLost,
      relayDropped,
      relayErrors,
      relayQueuedBytes,
      mostQueuedBytes: this.#mostQueuedBytes,
      longestMs: this.#longestMs,
      localMissing: this.#localMissing,
      errors: this.#errors,
    }
  }
}

let worker: Worker | undefined

async function obey(order: WorkerOrder): Promise<unknown> {
  switch (order.kind) {
    case 'start':
      worker = new Worker(order.plan, order.index, await makeRelay(order.plan, order.port))
      await worker.begin()
      return undefined
    case 'greet':
      return worker?.send(ROOMS)
    case 'send':
      return worker?.start()
    case 'stop':
      return worker?.stop()
    case 'report':
      return worker?.report()
    case 'end':
      process.exit(0)
  }
}

process.on('message', (order: WorkerOrder) => {
  void obey(order).then((answer) => process.send?.({ answer }))
})
process.on('disconnect', () => process.exit(0))
