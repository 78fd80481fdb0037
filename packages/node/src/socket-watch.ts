import type { Duplex } from 'node:stream'

/** What a watch reports. */
export interface WatchOwner {
  /** Bytes have come from the client. */
  heard(chunk: Buffer): void
  /** The client sends no more. */
  ended(): void
  /** The connection is gone. */
  gone(): void
  /** The time is up. */
  expired(): void
}

const unwatched: SocketWatch[] = []

function ignore(): void {}

function destroyThis(this: Duplex): void {
  this.destroy()
}

function beginAll(): void {
  for (const watch of unwatched.splice(0)) watch.begin()
}

/**
 * Watches the socket of an upgrade while its answer is waited for. From the first moment it cannot end the process; the
 * rest begins when the turn of the event loop is over, because nothing can happen to it before, and most are answered then.
 */
export class SocketWatch {
  readonly #socket: Duplex
  readonly #owner: WatchOwner
  readonly #timeoutMs: number
  #deadline: NodeJS.Timeout | undefined
  #phase: 'new' | 'begun' | 'over' = 'new'
  #isTimed = true
  #isReading = false
  // Made when they are needed, which is for few.
  #onData: (chunk: Buffer) => void = ignore
  #onEnd: () => void = ignore
  #onClose: () => void = ignore

  constructor(socket: Duplex, owner: WatchOwner, timeoutMs: number) {
    this.#socket = socket
    this.#owner = owner
    this.#timeoutMs = timeoutMs
    // Node takes its own error listener away before it emits `upgrade`: a reset would end the process.
    socket.on('error', destroyThis)
    unwatched.push(this)
    if (unwatched.length === 1) setImmediate(beginAll)
  }

  /** Begins with what waits for the end of the turn; at once when somebody else is going to let the socket flow. */
  begin(): void {
    if (this.#phase !== 'new') return
    this.#phase = 'begun'
    if (this.#socket.destroyed) {
      this.#owner.gone()
      return
    }
    this.#onClose = () => this.#owner.gone()
    this.#socket.on('close', this.#onClose)
    if (this.#isTimed) this.#deadline = setTimeout(() => this.#owner.expired(), this.#timeoutMs)
    if (this.#isReading) this.#listen()
  }

  /** Reads from the socket: to notice a client that leaves, and to keep what it sends. */
  read(): void {
    if (this.#isReading) return
    this.#isReading = true
    if (this.#phase === 'begun') this.#listen()
  }

  /** Lets the time begin anew. */
  refresh(): void {
    this.#deadline?.refresh()
  }

  /** Lets there be time without end. */
  untime(): void {
    this.#isTimed = false
    clearTimeout(this.#deadline)
  }

  /** Ends it, but for its keeping the process from harm. The socket is not read from any more. */
  stop(): void {
    const hadBegun = this.#phase === 'begun'
    this.#phase = 'over'
    if (!hadBegun) return
    clearTimeout(this.#deadline)
    this.#socket.removeListener('close', this.#onClose)
    if (!this.#isReading) return
    this.#socket.removeListener('data', this.#onData)
    this.#socket.removeListener('end', this.#onEnd)
    this.#socket.pause()
  }

  /** Ends that, too: somebody else listens to what fails. */
  release(): void {
    this.#socket.removeListener('error', destroyThis)
  }

  #listen(): void {
    this.#onData = (chunk) => this.#owner.heard(chunk)
    this.#onEnd = () => this.#owner.ended()
    this.#socket.on('data', this.#onData)
    this.#socket.on('end', this.#onEnd)
  }
}
