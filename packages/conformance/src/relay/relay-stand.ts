import { setTimeout as wait } from 'node:timers/promises'
import { createSessions, type SessionsOptions } from '@echosession/core'
import { createManualClock, type ManualClock } from '@echosession/core/memory'
import { type Patience, turn, Waiter } from '../contract/patience.js'
import { Transcript } from '../wire/transcript.js'
import { RecordingSink } from './recording-sink.js'
import type { RelayPeer } from './relay-peer.js'
import { RelayRecorder } from './relay-recorder.js'
import type { RelayCapabilities, RelayProcess, RelayTarget, RelayTestEngine } from './relay-target.js'
import { SessionProcess } from './session-process.js'
import { type Tap, TappedRelay } from './tapped-relay.js'

/** How far the clock of the sessions moves in one turn, where nothing else measures time. */
const STEP_MS = 50
/** How long a step really takes where there is a network: what is sent in one should have come some steps later. */
const NETWORK_STEP_MS = 5

/** What one case is played on: an engine of its own, a clock, and as many processes as it wants. */
export class RelayStand {
  readonly capabilities: RelayCapabilities
  /** The clock of every process's sessions; it stands until the case lets time pass. Relays have their own time. */
  readonly clock: ManualClock = createManualClock()
  readonly transcript = new Transcript()
  readonly #target: RelayTarget
  readonly #waiter: Waiter
  readonly #peers: RelayPeer[] = []
  readonly #processes: SessionProcess[] = []
  #engine: Promise<RelayTestEngine> | undefined

  constructor(target: RelayTarget, patience: Patience) {
    this.#target = target
    this.capabilities = target.capabilities
    this.#waiter = new Waiter(patience, target.capabilities.network)
  }

  /** The engine of this case. */
  get engine(): Promise<RelayTestEngine> {
    this.#engine ??= this.#target.create()
    return this.#engine
  }

  /** Adds a process whose relay is not opened. */
  async join(): Promise<RelayProcess> {
    return (await this.engine).join()
  }

  /** Adds a process and opens its relay, without sessions; `opened` is called as soon as `open` has returned. */
  async open(opened: (sink: RecordingSink) => void = () => {}): Promise<RelayPeer> {
    const process = await this.join()
    const sink = new RecordingSink()
    const link = process.relay.open(sink)
    opened(sink)
    const publish = (channel: string, text: string) => link.publish(channel, Buffer.from(text))
    const peer: RelayPeer = { process, link, sink, publish }
    this.#peers.push(peer)
    return peer
  }

  /** The same, and waits until it is up. */
  async connect(...channels: readonly string[]): Promise<RelayPeer> {
    const peer = await this.open()
    await this.until(() => peer.sink.count('up') === 1, 'the relay is up')
    for (const channel of channels) await this.soon(peer.link.subscribe(channel), `a subscription`)
    return peer
  }

  /** Adds a process with sessions. */
  async start(options: SessionsOptions = {}, tap: Tap = {}): Promise<SessionProcess> {
    const joined = await this.join()
    const tapped = new TappedRelay(joined.relay, tap)
    const observed = new RelayRecorder()
    const sessions = createSessions({ clock: this.clock, observer: observed, relay: tapped, ...options })
    const process = new SessionProcess(this, joined, sessions, tapped, observed)
    this.#processes.push(process)
    return process
  }

  /** Adds processes with sessions, and waits until they hear each other. */
  async startAll(count: 2, options?: SessionsOptions): Promise<[SessionProcess, SessionProcess]>
  async startAll(count: 3): Promise<[SessionProcess, SessionProcess, SessionProcess]>
  async startAll(count: number, options: SessionsOptions = {}): Promise<SessionProcess[]> {
    const processes: SessionProcess[] = []
    while (processes.length < count) processes.push(await this.start(options))
    for (const process of processes) await process.ready()
    return processes
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

  /** Keeps the engine from answering until `thaw`. */
  async freeze(): Promise<void> {
    this.transcript.add('note', 'the engine is frozen')
    await (await this.engine).freeze?.()
  }

  /** Lets it go on. */
  async thaw(): Promise<void> {
    await (await this.engine).thaw?.()
    this.transcript.add('note', 'the engine goes on')
  }

  /**
   * Waits until something holds; the sessions' clock stands.
   * @throws Error that says what did not happen.
   */
  async until(condition: () => boolean, what: string): Promise<void> {
    this.transcript.add('note', `waiting: ${what}`)
    if (!(await this.#waiter.holds(condition))) throw new Error(`This did not happen in time: ${what}.`)
  }

  /** The same, while the sessions' time passes. */
  async elapse(condition: () => boolean, what: string): Promise<void> {
    let last = performance.now()
    await this.until(() => {
      if (condition()) return true
      const now = performance.now()
      this.clock.advance(this.capabilities.network ? now - last : STEP_MS)
      last = now
      return condition()
    }, what)
  }

  /** Lets so much of the sessions' time pass, step by step. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    while (this.clock.now() < until) {
      this.clock.advance(STEP_MS)
      await (this.capabilities.network ? wait(NETWORK_STEP_MS) : this.settle())
    }
  }

  /** Waits for a promise. */
  async soon<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {})
    await this.until(() => isSettled, what)
    return settled
  }

  /** Lets what is under way inside this process happen. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 3; turns++) await turn()
  }

  /** Takes everything down. */
  async close(): Promise<void> {
    const engine = await this.#engine
    try {
      await engine?.thaw?.()
      const drains = this.#processes.map(({ sessions }) => sessions.drain({ timeoutMs: 0 }))
      let isOver = false
      void Promise.all(drains).finally(() => {
        isOver = true
      })
      await this.elapse(() => isOver, 'the shutdown of the processes')
      // A case may have closed its own.
      for (const { link } of this.#peers)
        await this.soon(
          link.close().catch(() => {}),
          'the end of a relay',
        )
    } finally {
      await engine?.close()
    }
  }
}
