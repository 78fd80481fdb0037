import { createMemoryRelayHub } from '@echosession/core/memory'
import type { RelayCapabilities, RelayCapability, RelayTarget } from './relay-target.js'

/** What {@link createMemoryRelayTarget} takes. */
export interface MemoryRelayTargetOptions {
  /** The name of the report's column; `memory` when left out. */
  readonly name?: string
  /** What the target is to declare that it cannot do. */
  readonly lacking?: readonly Exclude<RelayCapability, 'network' | 'client'>[]
}

/** Makes the reference: the memory relay as a target. */
export function createMemoryRelayTarget(options: MemoryRelayTargetOptions = {}): RelayTarget {
  const { name = 'memory', lacking = [] } = options
  const has = (capability: RelayCapability) => !(lacking as readonly string[]).includes(capability)
  const capabilities: RelayCapabilities = {
    network: false,
    client: false,
    interrupt: has('interrupt'),
    freeze: has('freeze'),
    cut: has('cut'),
  }
  return {
    name,
    capabilities,
    async create() {
      const hub = createMemoryRelayHub()
      return {
        async join() {
          const relay = hub.relay()
          const cut = async () => {
            hub.down(new Error('the connection was cut'), relay)
            // Later than at once, as a connection that has to be made again.
            setImmediate(() => hub.up(relay))
          }
          return { relay, ...(capabilities.cut ? { cut } : {}) }
        },
        ...(capabilities.interrupt
          ? { interrupt: async () => hub.down(), restore: async () => hub.up() }
          : {}),
        ...(capabilities.freeze ? { freeze: async () => hub.freeze(), thaw: async () => hub.thaw() } : {}),
        async close() {},
      }
    },
  }
}
