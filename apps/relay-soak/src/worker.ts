import type { Plan } from './arguments.js'
import type { Place } from './engine.js'
import { makeLog, makeRelay } from './engine-client.js'
import { LogWorker } from './log-worker.js'
import { RelayWorker } from './relay-worker.js'

/** What the first process tells a worker. */
export type WorkerOrder =
  /** Answered with the port of its server. */
  | { readonly kind: 'start'; readonly plan: Plan; readonly place: Place; readonly index: number }
  /** Everything is up, and nothing goes wrong yet. */
  | { readonly kind: 'meet'; readonly ports: readonly number[] }
  | { readonly kind: 'send' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'report' }

/** One process of a soak. */
export interface Worker {
  /** Opens its server; returns the port. */
  begin(): Promise<number>
  /** What it does before anything goes wrong, given the ports of all processes. */
  meet?(ports: readonly number[]): void
  /** Sends so many messages, to all rooms in turn. */
  send(count: number): void
  /** Everything has been sent. */
  stop?(): void
  report(): Promise<unknown>
}

const TICK_MS = 10

let worker: Worker | undefined
let rate = 0
let timer: NodeJS.Timeout | undefined

function sendAtRate(): void {
  const since = performance.now()
  let given = 0
  timer = setInterval(() => {
    const due = Math.floor((performance.now() - since) * (rate / 1_000))
    worker?.send(due - given)
    given = due
  }, TICK_MS)
}

async function obey(order: WorkerOrder): Promise<unknown> {
  switch (order.kind) {
    case 'start': {
      const { plan, place, index } = order
      rate = plan.rate / plan.processes
      worker =
        plan.mode === 'log'
          ? new LogWorker(plan, index, await makeLog(plan, place))
          : new RelayWorker(plan, index, await makeRelay(plan, place))
      return worker.begin()
    }
    case 'meet':
      return worker?.meet?.(order.ports)
    case 'send':
      return sendAtRate()
    case 'stop':
      clearInterval(timer)
      return worker?.stop?.()
    case 'report':
      return worker?.report()
  }
}

process.on('message', (order: WorkerOrder) => {
  void obey(order).then((answer) => process.send?.({ answer }))
})
process.on('disconnect', () => process.exit(0))
