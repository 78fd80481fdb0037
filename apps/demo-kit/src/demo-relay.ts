import type { Relay } from '@echosession/core'
import { StartError } from './start-error.js'

/** The relay of a demo, with the connection that it was made for. */
export interface DemoRelay {
  readonly relay: Relay
  /** Ends what was connected for it. */
  close(): Promise<void>
}

/** How soon a process that only listens notices that the network is dead. */
const PING_MS = 10_000

/**
 * Makes the relay that `RELAY` asks for, and loads only what that one needs. Redis may come later; NATS has to be there.
 * @throws {@link StartError} with one sentence.
 */
export async function connectRelay(address: string): Promise<DemoRelay> {
  if (new URL(address).protocol === 'redis:') {
    const [{ createRedisRelay }, { createClient }] = await Promise.all([
      import('@echosession/relay-redis'),
      import('redis'),
    ])
    return { relay: createRedisRelay({ client: createClient({ url: address }) }), close: async () => {} }
  }
  const [{ createNatsRelay }, { connect }] = await Promise.all([
    import('@echosession/relay-nats'),
    import('@nats-io/transport-node'),
  ])
  try {
    const connection = await connect({ servers: address, maxReconnectAttempts: -1, pingInterval: PING_MS })
    return { relay: createNatsRelay({ connection }), close: () => connection.close() }
  } catch (error) {
    throw new StartError(
      `RELAY is ${withoutPassword(address)}, but no NATS server is reached there (${error instanceof Error ? error.message : String(error)}); start one with nats-server, or leave RELAY out.`,
      { cause: error },
    )
  }
}

/** An address as it may be shown. */
export function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/]*@/, '//***@')
}
