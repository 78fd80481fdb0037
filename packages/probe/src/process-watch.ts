/** Hears of errors that reach the process itself: no input of a client may ever cause one. */
export class ProcessWatch {
  /** What has been heard so far. */
  readonly faults: unknown[] = []
  readonly #take = (error: unknown): void => void this.faults.push(error)

  /** Starts to listen. */
  constructor() {
    process.on('uncaughtException', this.#take)
    process.on('unhandledRejection', this.#take)
  }

  /**
   * Stops to listen.
   * @throws the first thing heard.
   */
  async stop(): Promise<void> {
    // An unhandled rejection is told after the turn that it happened in.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('uncaughtException', this.#take)
    process.off('unhandledRejection', this.#take)
    if (this.faults.length > 0) throw this.faults[0]
  }
}
