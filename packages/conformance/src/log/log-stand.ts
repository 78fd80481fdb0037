import {
  createRoomLog,
  createSessions,
  defineSession,
  type LogStore,
  type RoomLog,
  type RoomLogOptions,
  type SessionDefinition,
  type Sessions,
} from '@echosession/core'
import type { MemoryClient } from '@echosession/core/memory'
import { type Patience, turn } from '../contract/patience.js'
import { Transcript } from '../wire/transcript.js'
import type { LogMember } from './log-member.js'
import type { LogCapabilities, LogTarget, LogTestEngine } from './log-target.js'

/** A process with sessions and a log. */
export interface LogProcess {
  readonly sessions: Sessions
  readonly log: RoomLog
  readonly errors: readonly unknown[]
  /** Connects a client here. */
  welcome(member: LogMember): Promise<MemoryClient>
}

/** What one case is played on: an engine of its own and as many processes as it wants. Time is the machine's own. */
export class LogStand {
  readonly capabilities: LogCapabilities
  readonly transcript = new Transcript()
  readonly #target: LogTarget
  readonly #patience: Patience
  readonly #stores: LogStore[] = []
  readonly #processes: { readonly sessions: Sessions; readonly log: RoomLog }[] = []
  #engine: Promise<LogTestEngine> | undefined

  constructor(target: LogTarget, patience: Patience) {
    this.#target = target
    this.#patience = patience
    this.capabilities = target.capabilities
  }

  /** The engine of this case. */
  get engine(): Promise<LogTestEngine> {
    this.#engine ??= this.#target.create()
    return this.#engine
  }

  /** Adds a process that has a store and nothing else, as soon as the engine answers it. */
  async store(): Promise<LogStore> {
    const store = await (await this.engine).join()
    this.#stores.push(store)
    await this.soon(() =>
      store.read('a room that nobody uses', undefined, 1, { maxMessages: 1, maxAgeMs: 60_000 }),
    )
    return store
  }

  /** Adds a process with sessions. */
  async start(options: RoomLogOptions = {}): Promise<LogProcess> {
    const store = await (await this.engine).join()
    const errors: unknown[] = []
    const sessions = createSessions({ observer: { onError: (error) => errors.push(error) } })
    const log = createRoomLog(sessions, store, { onError: (error) => errors.push(error), ...options })
    const definition: SessionDefinition = defineSession({
      message: async (session, message) => void (await log.receive(session, message)),
    })
    this.#processes.push({ sessions, log })
    return { sessions, log, errors, welcome: (member) => member.come(sessions, definition) }
  }

  /**
   * Asks again until it is answered, for an engine that is being reached.
   * @throws what it was answered last.
   */
  async soon<Value>(ask: () => Promise<Value>): Promise<Value> {
    const giveUpAt = performance.now() + this.#patience.networkMs
    while (true) {
      try {
        return await ask()
      } catch (error) {
        if (performance.now() > giveUpAt) throw error
        await turn()
      }
    }
  }

  /**
   * Waits until something holds.
   * @throws Error that says what did not happen.
   */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    this.transcript.add('note', `waiting: ${what}`)
    const giveUpAt = performance.now() + this.#patience.networkMs
    while (!(await condition())) {
      if (performance.now() > giveUpAt) throw new Error(`This did not happen in time: ${what}.`)
      await turn()
    }
  }

  /** Takes the engine away until `restore`. */
  async interrupt(): Promise<void> {
    this.transcript.add('note', 'the engine is taken away')
    await (await this.engine).interrupt?.()
  }

  /** Brings it back. */
  async restore(): Promise<void> {
    await (await this.engine).restore?.()
    this.transcript.add('note', 'the engine is back')
  }

  /** Loses every entry. */
  async empty(): Promise<void> {
    this.transcript.add('note', 'the engine is emptied')
    await (await this.engine).empty?.()
  }

  /** Takes everything down. */
  async close(): Promise<void> {
    for (const { sessions, log } of this.#processes) {
      await sessions.drain({ timeoutMs: 0 })
      await log.close()
    }
    for (const store of this.#stores) await store.close()
    await (await this.#engine)?.close()
  }
}
