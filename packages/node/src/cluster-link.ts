import { randomUUID } from 'node:crypto'
import { RelayError, type RelayLink, type RelaySink } from '@echosession/core'
import {
  type ClusterEntry,
  type ClusterMessage,
  readClusterMessage,
  readPayload,
  writeClusterMessage,
  writeEntry,
} from './cluster-message.js'

/** How long the primary may take for an answer, and how much later than planned a timer of a healthy process may run. */
const ANSWER_MS = 4_000
const STALL_MS = 500
/** How long to wait before a primary that does not answer is greeted again. */
const RETRY_MS = 1_000
/** What goes out together at most, so that answers come between. */
const BATCH_BYTES = 1_048_576

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly entries: ClusterEntry[]
  readonly sent: Promise<void>
  bytes: number
}

/** A worker's way to its primary. */
export class ClusterLink implements RelayLink {
  readonly #prefix: string
  readonly #sink: RelaySink
  readonly #link = randomUUID()
  readonly #channels = new Set<string>()
  readonly #waiters = new Map<number, Waiter>()
  #state: 'starting' | 'up' | 'down' | 'closed' = 'starting'
  #lastId = 0
  #greeting = 0
  /** Whether channels were added or removed that the last greeting does not tell of. */
  #isGreetingStale = false
  #keepsBytes = false
  #batch: Batch | undefined
  #answerTimer: NodeJS.Timeout | undefined
  #retryTimer: NodeJS.Timeout | undefined

  constructor(prefix: string, sink: RelaySink) {
    this.#prefix = prefix
    this.#sink = sink
    process.on('message', this.#take)
    process.on('disconnect', this.#disconnected)
    this.#greet()
    this.#await(performance.now() + ANSWER_MS)
  }

  async publish(channel: string, payload: Uint8Array): Promise<void> {
    this.#check()
    if (this.#batch === undefined || this.#batch.bytes > BATCH_BYTES) this.#batch = this.#begin()
    this.#batch.entries.push(writeEntry(channel, payload, this.#keepsBytes))
    this.#batch.bytes += payload.length
    await this.#batch.sent
  }

  async subscribe(channel: string): Promise<void> {
    if (this.#state !== 'closed') this.#channels.add(channel)
    this.#isGreetingStale = true
    this.#check()
    await this.#ask({ kind: 'subscribe', link: this.#link, names: [channel] })
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#isGreetingStale = true
    if (!this.#channels.delete(channel) || this.#state === 'down') return
    await this.#ask({ kind: 'unsubscribe', link: this.#link, names: [channel] })
  }

  async close(): Promise<void> {
    if (this.#state === 'closed')
      throw new RelayError('close', 'The relay was closed already; close it once.')
    const isReached = this.#state !== 'down'
    this.#state = 'closed'
    clearTimeout(this.#retryTimer)
    const lastBatch = this.#batch?.sent
    // Answered after everything that was published before.
    if (isReached) await Promise.allSettled([lastBatch, this.#ask({ kind: 'unsubscribe', link: this.#link })])
    clearTimeout(this.#answerTimer)
    process.off('message', this.#take)
    process.off('disconnect', this.#disconnected)
    this.#send({ kind: 'bye', link: this.#link })
  }

  #check(): void {
    if (this.#state === 'closed') throw new Error('the relay is closed')
    if (this.#state === 'down') throw new Error('the primary process is not reached')
  }

  // What is published in one tick goes out together.
  #begin(): Batch {
    const entries: ClusterEntry[] = []
    const sent = new Promise<void>((resolve, reject) => {
      queueMicrotask(() => {
        this.#batch = undefined
        this.#ask({ kind: 'publish', link: this.#link, entries }).then(resolve, reject)
      })
    })
    return { entries, sent, bytes: 0 }
  }

  #ask(message: ClusterMessage): Promise<void> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#waiters.size === 0) this.#await(performance.now() + ANSWER_MS)
      this.#waiters.set(id, { resolve, reject })
      this.#send({ ...message, id }, (error) => {
        if (error === null) return
        this.#waiters.delete(id)
        reject(error)
      })
    })
  }

  // With a callback, a channel that is closed is no error event of the process.
  #send(message: ClusterMessage, written: (error: Error | null) => void = () => {}): void {
    process.send?.(writeClusterMessage(message), undefined, undefined, written)
  }

  #greet(): void {
    this.#greeting = ++this.#lastId
    this.#isGreetingStale = false
    const names = [this.#prefix, ...this.#channels]
    this.#send({ kind: 'hello', link: this.#link, id: this.#greeting, names }, (error) => {
      if (error !== null) this.#down(error)
      // Not before it is written: a primary that does not read is not greeted ever more.
      if (error !== null || this.#state === 'closed' || this.#state === 'up') return
      clearTimeout(this.#retryTimer)
      this.#retryTimer = setTimeout(() => {
        if (this.#state === 'down' || this.#state === 'starting') this.#greet()
      }, RETRY_MS)
    })
  }

  readonly #take = (value: unknown): void => {
    const message = readClusterMessage(value)
    if (message === undefined || message.link !== this.#link) return
    const { kind, id, entries } = message
    if (kind === 'payloads') {
      for (const entry of entries) {
        const [channel] = entry
        if (this.#channels.has(channel) && this.#state !== 'closed') {
          this.#sink.received(channel, readPayload(entry))
        }
      }
    } else if (kind === 'done') {
      this.#waiters.get(id)?.resolve()
      this.#waiters.delete(id)
      clearTimeout(this.#answerTimer)
      if (this.#waiters.size > 0) this.#await(performance.now() + ANSWER_MS)
    } else if (kind === 'welcome' && id === this.#greeting) {
      this.#keepsBytes = message.keepsBytes
      if (this.#isGreetingStale && this.#state === 'down') this.#greet()
      else this.#up()
    } else if (kind === 'lost' && this.#state === 'up') {
      this.#sink.down(new Error('this process has not read in time, and payloads for it were dropped'))
      this.#sink.up()
    } else if (kind === 'bye') {
      this.#down(new Error('the primary process does not serve the relay any more'))
      if (this.#state === 'down') this.#greet()
    }
  }

  readonly #disconnected = (): void => {
    this.#down(new Error('the channel to the primary process is closed'))
    clearTimeout(this.#retryTimer)
  }

  #await(due: number): void {
    clearTimeout(this.#answerTimer)
    this.#answerTimer = setTimeout(() => {
      // It was this process that stood still: the answer may be there, unread.
      if (performance.now() > due + STALL_MS) {
        this.#await(performance.now() + ANSWER_MS)
        return
      }
      const hint = this.#state === 'starting' ? '; it has to call serveClusterRelay' : ''
      const error = new Error(`the primary process did not answer within ${ANSWER_MS} ms${hint}`)
      this.#fail(error)
      this.#down(error)
      if (this.#state === 'down') this.#greet()
    }, due - performance.now())
  }

  #fail(error: unknown): void {
    clearTimeout(this.#answerTimer)
    const waiters = [...this.#waiters.values()]
    this.#waiters.clear()
    for (const { reject } of waiters) reject(error)
  }

  #up(): void {
    clearTimeout(this.#retryTimer)
    if (this.#state !== 'starting' && this.#state !== 'down') return
    if (this.#waiters.size === 0) clearTimeout(this.#answerTimer)
    this.#state = 'up'
    this.#sink.up()
  }

  #down(error: unknown): void {
    this.#fail(error)
    if (this.#state !== 'starting' && this.#state !== 'up') return
    this.#state = 'down'
    this.#sink.down(error)
  }
}
