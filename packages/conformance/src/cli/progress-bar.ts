import type { WireProgress } from '../wire/run-wire.js'

/** Where a progress bar is drawn. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Draws how far a run is, on a terminal; anywhere else it stays silent. */
export function createProgressBar(screen: Screen): { show(progress: WireProgress): void; clear(): void } {
  if (screen.isTTY !== true) return { show() {}, clear() {} }
  return {
    show({ done, total, failed, entry }) {
      const width = Math.max(10, Math.min(30, (screen.columns ?? 80) - 40))
      const filled = Math.round((done / total) * width)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
      screen.write(`\r\x1b[K${bar} ${done}/${total} ${failed} failed  ${entry.id}`)
    },
    clear() {
      screen.write('\r\x1b[K')
    },
  }
}
