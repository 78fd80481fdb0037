/** Hears of errors that reached the process itself: the contract says that none ever does. */
export class ProcessWatch {
  readonly #faults: unknown[] = []
  readonly #take = (error: unknown): void => void this.#faults.push(error)

  /** Starts to listen. */
  constructor() {
    process.on('uncaughtException', this.#take)
    process.on('unhandledRejection', this.#take)
  }

  /** What has been heard so far. */
  get faults(): readonly unknown[] {
    return this.#faults
  }

  /** Stops to listen. */
  stop(): void {
    process.off('uncaughtException', this.#take)
    process.off('unhandledRejection', this.#take)
  }
}
