import { argumentError } from './errors.js'
import type { Message } from './message.js'

/** A handler call that waits for its turn. */
export type Task = () => PromiseLike<void> | undefined

/** What the inbox needs from its session. */
export interface InboxOwner {
  /** Hands a message to the handler; returns its promise, if it made one. Never throws, never rejects. */
  deliver(message: Message): PromiseLike<void> | undefined
  /** Whether messages may be handed out now. */
  readonly receptive: boolean
  /** Called when `full` has changed. */
  pressureChanged(): void
  /** Called once, when the last call has returned after `finish`. */
  finished(): void
}

type Waiter = (result: IteratorResult<Message, undefined>) => void

const DONE: IteratorResult<Message, undefined> = { done: true, value: undefined }
/** How much more than what is meant to wait may wait on a transport that cannot stop reading. */
const SLACK_MESSAGES = 64
const SLACK_BYTES = 16

/**
 * Keeps one handler call at a time, in order. What cannot be handled yet waits here; when too much waits, the session
 * stops reading. A message that finds the handler free goes straight through. Holds everything until `begin`.
 */
export class Inbox {
  readonly #owner: InboxOwner
  readonly #maxMessages: number
  readonly #maxBytes: number
  readonly #pulling: boolean
  // Made when something has to wait for the first time: most sessions are idle or answer at once.
  #queue: (Message | Task | undefined)[] | undefined
  #head = 0
  #bytes = 0
  #full = false
  #busy = true
  #pumping = false
  #discarded = false
  #finishing = false
  #finished = false
  #waiters: Waiter[] | undefined

  /** @param pulling whether a read loop takes the messages; otherwise they are delivered. */
  constructor(owner: InboxOwner, maxMessages: number, maxBytes: number, pulling: boolean) {
    this.#owner = owner
    this.#maxMessages = maxMessages
    this.#maxBytes = maxBytes
    this.#pulling = pulling
  }

  /** Whether so much waits that reading should stop: from the limit on, until half of it is handled. */
  get full(): boolean {
    return this.#full
  }

  /** Whether far more waits than should, because the transport could not stop. */
  get overrun(): boolean {
    return this.#waiting() > this.#maxMessages * SLACK_MESSAGES || this.#bytes > this.#maxBytes * SLACK_BYTES
  }

  /** Lets everything through, at once or when the first call has returned. */
  begin(first: PromiseLike<void> | undefined): void {
    this.#busy = false
    this.#hold(first)
    this.pump()
  }

  /** Takes a message in. */
  push(message: Message): void {
    if (this.#waiting() === 0 && this.#ready() && !this.#pumping && this.#owner.receptive) {
      this.#pumping = true
      this.#hand(message)
      this.#pumping = false
      // The handler may have brought in more, or ended the session.
      if (this.#waiting() > 0 || this.#finishing) this.pump()
      return
    }
    this.#bytes += message.size
    this.#enqueue(message)
  }

  /** Puts another callback's call in line behind the messages that came before it. */
  call(task: Task): void {
    if (this.#discarded) return
    this.#enqueue(task)
    this.pump()
  }

  /** Gives up what waits, and what is still to come; the session is closing from this side. */
  discard(): void {
    this.#discarded = true
    this.#queue = undefined
    this.#head = 0
    this.#bytes = 0
    this.#answerAll()
    this.#gauge()
  }

  /** Ends: what waits is still delivered, then `finished` is called. */
  finish(): void {
    this.#finishing = true
    this.pump()
  }

  /** Hands out what waits, as far as the handler is ready for it. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (this.#waiting() > 0 && this.#ready() && this.#owner.receptive) {
      const entry = this.#dequeue()
      if (typeof entry === 'function') this.#hold(entry())
      else {
        this.#bytes -= entry.size
        this.#hand(entry)
      }
    }
    this.#pumping = false
    this.#gauge()
    if (!this.#finishing || this.#waiting() > 0) return
    this.#answerAll()
    if (!this.#busy && !this.#finished) {
      this.#finished = true
      this.#owner.finished()
    }
  }

  /** Waits for the next message of a read loop; done when the session is over. Several calls are answered in order. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#discarded) return Promise.resolve(DONE)
    return new Promise((resolve) => {
      this.#waiters ??= []
      this.#waiters.push(resolve)
      this.pump()
    })
  }

  /**
   * Reads the messages one by one.
   * @throws TypeError with `ES_ERR_HANDLER` when they are delivered.
   */
  read(): AsyncIterator<Message, undefined> {
    if (this.#pulling) return { next: () => this.next() }
    throw argumentError(
      'ES_ERR_HANDLER',
      'This session hands its messages to the message callback; give defineSession a function to read them in a loop.',
    )
  }

  #waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.length - this.#head
  }

  #ready(): boolean {
    return this.#pulling ? this.#waiters !== undefined && this.#waiters.length > 0 : !this.#busy
  }

  #hold(pending: PromiseLike<void> | undefined): void {
    if (pending === undefined) return
    this.#busy = true
    void pending.then(() => {
      this.#busy = false
      this.pump()
    })
  }

  #hand(message: Message): void {
    if (this.#pulling) this.#waiters?.shift()?.({ done: false, value: message })
    else this.#hold(this.#owner.deliver(message))
  }

  #answerAll(): void {
    const waiters = this.#waiters
    this.#waiters = undefined
    if (waiters !== undefined) for (const answer of waiters) answer(DONE)
  }

  #enqueue(entry: Message | Task): void {
    this.#queue ??= []
    this.#queue.push(entry)
    this.#gauge()
  }

  #dequeue(): Message | Task {
    const queue = this.#queue as (Message | Task | undefined)[]
    const entry = queue[this.#head] as Message | Task
    // What was handled is let go at once, however long the rest waits.
    queue[this.#head++] = undefined
    if (this.#head === queue.length) {
      queue.length = 0
      this.#head = 0
    } else if (this.#head > 1_024 && this.#head * 2 > queue.length) {
      // Each entry is moved once at most for every one that is taken out.
      queue.splice(0, this.#head)
      this.#head = 0
    }
    return entry
  }

  // Full from the limit on, no longer at half of it: a transport is not stopped and started for every message.
  #gauge(): void {
    const waiting = this.#waiting()
    const full = this.#full
      ? waiting > this.#maxMessages / 2 || this.#bytes > this.#maxBytes / 2
      : waiting >= this.#maxMessages || this.#bytes >= this.#maxBytes
    if (full === this.#full) return
    this.#full = full
    this.#owner.pressureChanged()
  }
}
