import { createMemoryLog } from '@echosession/core/memory'
import type { LogTarget } from './log-target.js'

/** Makes the target of the memory log: the reference that other stores are held against. */
export function createMemoryLogTarget(): LogTarget {
  return {
    name: 'memory',
    capabilities: { network: false, interrupt: true, empty: true },
    async create() {
      const engine = createMemoryLog()
      return {
        join: async () => engine.store(),
        interrupt: async () => engine.down(),
        restore: async () => engine.up(),
        empty: async () => engine.flush(),
        async close() {},
      }
    },
  }
}
