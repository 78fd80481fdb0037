import type { Worker } from 'node:cluster'
import { type ClusterMessage, writeClusterMessage } from './cluster-message.js'

/** The way to one worker: bounded, so that one that does not read costs the others nothing. */
export class ClusterOutlet {
  readonly #worker: Worker
  readonly #maxQueuedBytes: number
  /** The links that have missed something. */
  readonly #missed = new Set<string>()
  #queuedBytes = 0

  constructor(worker: Worker, maxQueuedBytes: number) {
    this.#worker = worker
    this.#maxQueuedBytes = maxQueuedBytes
  }

  /** Sends a message, unless too much waits already. */
  send(message: ClusterMessage): void {
    if (!this.#worker.isConnected()) return
    let bytes = 0
    for (const [channel, payload] of message.entries ?? []) bytes += channel.length + payload.length
    if (bytes > 0 && this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes) {
      this.#missed.add(message.link)
      return
    }
    this.#queuedBytes += bytes
    // With a callback, a channel that is closed meanwhile is no error event of the worker.
    this.#worker.send(writeClusterMessage(message), () => {
      this.#queuedBytes -= bytes
      if (this.#missed.size > 0 && this.#queuedBytes <= this.#maxQueuedBytes / 2) this.#tell()
    })
  }

  #tell(): void {
    const missed = [...this.#missed]
    this.#missed.clear()
    for (const link of missed) this.send({ kind: 'lost', link })
  }
}
