/** Where a progress bar is drawn. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Shows how far a run is, on a terminal; anywhere else it stays silent. */
export class ProgressBar {
  readonly #screen: Screen
  readonly #total: number
  #done = 0

  constructor(screen: Screen, total: number) {
    this.#screen = screen
    this.#total = total
  }

  /** Says what begins now; what was said before is done. */
  next(what: string): void {
    const { isTTY, columns = 80 } = this.#screen
    if (isTTY !== true) return
    const width = Math.max(10, Math.min(30, columns - 50))
    const filled = Math.round((this.#done / this.#total) * width)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
    this.#screen.write(`\r\x1b[K${bar} ${this.#done}/${this.#total}  ${what}`.slice(0, columns + 4))
    this.#done++
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#screen.isTTY === true) this.#screen.write('\r\x1b[K')
  }
}
