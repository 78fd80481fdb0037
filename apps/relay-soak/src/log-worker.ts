import { createRoomLog, createSessions, defineSession, type LogStore, type RoomLog } from '@echosession/core'
import type { Plan } from './arguments.js'
import { LogMember } from './log-member.js'
import type { LogReport } from './log-report.js'
import { createRandom } from './random.js'
import { ROOMS, roomName } from './rooms.js'
import { serve } from './serve.js'
import type { Worker } from './worker.js'

/** Enough for the longest that a member is away. */
const MAX_MESSAGES = 50_000
/** How often each member's connection is broken, on average, in milliseconds. */
const CUT_EVERY_MS = 5_000
const CUT_CHECK_MS = 100
/** How often it is looked whether everything has been answered. */
const POLL_MS = 100

/** A process whose rooms have a history. */
export class LogWorker implements Worker {
  readonly #index: number
  readonly #log: RoomLog
  readonly #sessions = createSessions({ allowedOrigins: '*' })
  readonly #random: () => number
  readonly #members: LogMember[] = []
  readonly #acknowledged: number[][] = Array.from({ length: ROOMS }, () => [])
  #sent = 0
  #waiting = 0
  #refused = 0
  #errors = 0
  #longestMs = 0
  #cutting: NodeJS.Timeout | undefined

  constructor({ seed }: Plan, index: number, store: LogStore) {
    this.#index = index
    this.#random = createRandom(seed + index + 1)
    this.#log = createRoomLog(this.#sessions, store, {
      maxMessages: MAX_MESSAGES,
      onError: () => {
        this.#errors++
      },
    })
  }

  async begin(): Promise<number> {
    const definition = defineSession({
      message: async (session, message) => void (await this.#log.receive(session, message)),
    })
    return serve(this.#sessions, '/', definition)
  }

  meet(ports: readonly number[]): void {
    const anywhere = () => `ws://127.0.0.1:${ports[Math.floor(this.#random() * ports.length)]}/`
    for (let room = 0; room < ROOMS; room++) this.#members.push(new LogMember(roomName(room), anywhere))
    this.#cutting = setInterval(() => {
      for (const member of this.#members) if (this.#random() < CUT_CHECK_MS / CUT_EVERY_MS) member.cut()
    }, CUT_CHECK_MS)
  }

  send(count: number): void {
    for (let n = 0; n < count; n++) {
      const number = this.#sent++
      void this.#append(number % ROOMS, number)
    }
  }

  stop(): void {
    clearInterval(this.#cutting)
  }

  async report(): Promise<LogReport> {
    while (this.#waiting > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const sum = (count: (member: LogMember) => number) =>
      this.#members.reduce((total, member) => total + count(member), 0)
    return {
      index: this.#index,
      sent: this.#sent,
      refused: this.#refused,
      longestMs: this.#longestMs,
      acknowledged: this.#acknowledged,
      heard: this.#members.map(({ heard }) => heard),
      recovered: sum(({ recovered }) => recovered),
      unrecovered: sum(({ unrecovered }) => unrecovered),
      errors: this.#errors,
    }
  }

  async #append(room: number, number: number): Promise<void> {
    const since = performance.now()
    this.#waiting++
    try {
      await this.#log.append(roomName(room), `${this.#index} ${number}`)
      this.#acknowledged[room]?.push(number)
    } catch {
      this.#refused++
    } finally {
      this.#waiting--
      this.#longestMs = Math.max(this.#longestMs, performance.now() - since)
    }
  }
}
