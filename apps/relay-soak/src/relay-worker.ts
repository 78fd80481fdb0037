import { once } from 'node:events'
import { createSessions, defineSession, type Relay } from '@echosession/core'
import { WebSocket } from 'ws'
import type { Plan } from './arguments.js'
import { Ledger } from './ledger.js'
import type { RelayReport } from './relay-report.js'
import { ROOMS, roomName } from './rooms.js'
import { serve } from './serve.js'
import type { Worker } from './worker.js'

/** In how much of the time rooms are begun with one after the other, so that first messages are lost too. */
const BEGINNING = 0.8

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

/** A process whose rooms cross processes by publishing. */
export class RelayWorker implements Worker {
  readonly #ledger = new Ledger()
  readonly #index: number
  readonly #sessions
  #errors = 0
  #longestMs = 0
  #mostQueuedBytes = 0
  #localMissing = 0
  #sent = 0
  /** After how many messages the next room is sent to for the first time. */
  readonly #eachRoom: number
  readonly #numbers = new Array<number>(ROOMS).fill(0)

  constructor({ rate, seconds, processes }: Plan, index: number, relay: Relay) {
    this.#index = index
    this.#eachRoom = Math.ceil((rate * seconds * BEGINNING) / processes / ROOMS)
    this.#sessions = createSessions({
      relay: timed(relay, (ms) => {
        this.#longestMs = Math.max(this.#longestMs, ms)
      }),
      allowedOrigins: '*',
      slowConsumer: 'drop',
      maxBufferedBytes: 64 * 1_048_576,
      observer: {
        onGap: ({ room, lost }) => this.#ledger.gap(room, lost),
        onError: () => {
          this.#errors++
        },
      },
    })
  }

  /** Opens a server, and one member of each room that is a WebSocket client. */
  async begin(): Promise<number> {
    const definition = defineSession({
      open: (session) => void session.join(session.request.params.room ?? ''),
    })
    const port = await serve(this.#sessions, '/:room', definition)
    for (let room = 0; room < ROOMS; room++) {
      const member = new WebSocket(`ws://127.0.0.1:${port}/${roomName(room)}`)
      member.on('message', (data) => this.#ledger.arrived(room, String(data)))
      await once(member, 'open')
    }
    return port
  }

  send(count: number): void {
    for (let n = 0; n < count; n++) {
      const begun = Math.min(ROOMS, 1 + Math.floor(this.#sent / this.#eachRoom))
      const room = this.#sent++ % begun
      const number = (this.#numbers[room] as number) + 1
      this.#numbers[room] = number
      if (this.#sessions.to(roomName(room)).send(`${this.#index} ${number}`) !== 1) this.#localMissing++
    }
    this.#mostQueuedBytes = Math.max(this.#mostQueuedBytes, this.#sessions.counters().relayQueuedBytes)
  }

  async report(): Promise<RelayReport> {
    const { relayDropped } = this.#sessions.counters()
    return {
      index: this.#index,
      sent: [...this.#numbers],
      heard: this.#ledger.heard,
      gaps: this.#ledger.gaps,
      doubled: this.#ledger.doubled,
      disordered: this.#ledger.disordered,
      relayDropped,
      mostQueuedBytes: this.#mostQueuedBytes,
      longestMs: this.#longestMs,
      localMissing: this.#localMissing,
      errors: this.#errors,
    }
  }
}
