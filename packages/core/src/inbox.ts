import type { Message } from './message.js'

/** A handler call that waits for its turn. */
export type Task = () => PromiseLike<void> | undefined

/** What the inbox needs from its session. */
export interface InboxOwner {
  /** Hands a message to the handler; returns its promise, if it made one. Never throws, never rejects. */
  deliver(message: Message): PromiseLike<void> | undefined
  /** Whether messages may be handed out now. */
  readonly receptive: boolean
  /** Called when the amount that waits has crossed a limit, either way. */
  pressureChanged(): void
  /** Called once, when the last call has returned after `finish`. */
  finished(): void
}

const DONE: IteratorResult<Message, undefined> = { done: true, value: undefined }

/**
 * Keeps one handler call at a time, in order. What cannot be handled yet waits here; when too much waits, the session
 * stops reading. A message that finds the handler free goes straight through.
 */
export class Inbox {
  readonly #owner: InboxOwner
  readonly #maxMessages: number
  readonly #maxBytes: number
  readonly #pulling: boolean
  #queue: (Message | Task)[] = []
  #head = 0
  #bytes = 0
  #busy = false
  #pumping = false
  #discarded = false
  #finishing = false
  #finished = false
  #waiter: ((result: IteratorResult<Message, undefined>) => void) | undefined

  /** @param pulling whether a read loop takes the messages; otherwise they are delivered. */
  constructor(owner: InboxOwner, maxMessages: number, maxBytes: number, pulling: boolean) {
    this.#owner = owner
    this.#maxMessages = maxMessages
    this.#maxBytes = maxBytes
    this.#pulling = pulling
  }

  /** Whether so much waits that reading should stop. */
  get full(): boolean {
    return this.#queue.length - this.#head >= this.#maxMessages || this.#bytes >= this.#maxBytes
  }

  /** Takes a message in. */
  push(message: Message): void {
    if (this.#head === this.#queue.length && this.#ready && !this.#pumping && this.#owner.receptive) {
      this.#pumping = true
      this.#hand(message)
      this.#pumping = false
      if (this.#head < this.#queue.length || this.#finishing) this.pump()
      return
    }
    const wasFull = this.full
    this.#queue.push(message)
    this.#bytes += message.bytes.byteLength
    if (!wasFull && this.full) this.#owner.pressureChanged()
  }

  /** Puts another callback's call in line behind the messages that came before it. */
  call(task: Task): void {
    this.#queue.push(task)
    this.pump()
  }

  /** Holds everything back while a call made outside the queue is pending. */
  hold(pending: PromiseLike<void> | undefined): void {
    if (pending === undefined) return
    this.#busy = true
    void pending.then(() => {
      this.#busy = false
      this.pump()
    })
  }

  /** Gives up the messages that wait; the session is closing from this side. */
  discard(): void {
    this.#discarded = true
    const wasFull = this.full
    this.#queue = this.#queue.slice(this.#head).filter((entry) => typeof entry === 'function')
    this.#head = 0
    this.#bytes = 0
    this.#answer(DONE)
    if (wasFull) this.#owner.pressureChanged()
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
    const wasFull = this.full
    while (this.#head < this.#queue.length && this.#ready && this.#owner.receptive) {
      const entry = this.#queue[this.#head] as Message | Task
      this.#shift()
      if (typeof entry === 'function') this.hold(entry())
      else {
        this.#bytes -= entry.bytes.byteLength
        this.#hand(entry)
      }
    }
    this.#pumping = false
    if (wasFull && !this.full) this.#owner.pressureChanged()
    if (!this.#finishing || this.#head < this.#queue.length) return
    this.#answer(DONE)
    if (!this.#busy && !this.#finished) {
      this.#finished = true
      this.#owner.finished()
    }
  }

  /** Waits for the next message of a read loop; done when the session is over. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#discarded) return Promise.resolve(DONE)
    return new Promise((resolve) => {
      this.#answer(DONE)
      this.#waiter = resolve
      this.pump()
    })
  }

  get #ready(): boolean {
    return this.#pulling ? this.#waiter !== undefined : !this.#busy
  }

  #hand(message: Message): void {
    if (this.#pulling) this.#answer({ done: false, value: message })
    else this.hold(this.#owner.deliver(message))
  }

  #answer(result: IteratorResult<Message, undefined>): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.(result)
  }

  #shift(): void {
    this.#head++
    if (this.#head === this.#queue.length) {
      this.#queue = []
      this.#head = 0
    } else if (this.#head > 1_024) {
      // Keeps the array from growing for ever under a steady backlog, at a cost that averages out to nothing.
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
  }
}
