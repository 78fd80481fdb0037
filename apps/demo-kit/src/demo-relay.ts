import type { Relay } from '@echosession/core'
import { StartError } from './start-error.js'

/** The relay of a demo, with the connection that it was made for. */
export interface DemoRelay {
  readonly relay: Relay
  /** Resolves when it is first known whether the engine is reached; only after `relay` was opened. */
  readonly known: Promise<void>
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
    return { ...heard(createRedisRelay({ client: createClient({ url: address }) })), close: async () => {} }
  }
  const [{ createNatsRelay }, { connect }] = await Promise.all([
    import('@echosession/relay-nats'),
    import('@nats-io/transport-node'),
  ])
  try {
    const connection = await connect({ servers: address, maxReconnectAttempts: -1, pingInterval: PING_MS })
    return { ...heard(createNatsRelay({ connection })), close: () => connection.close() }
  } catch (error) {
    throw new StartError(
      `RELAY is ${withoutPassword(address)}, but no NATS server is reached there (${error instanceof Error ? error.message : String(error)}); start one with nats-server, or leave RELAY out.`,
      { cause: error },
    )
  }
}

/** A relay that lets others hear when it first says whether its engine is reached. */
export function heard(relay: Relay): Pick<DemoRelay, 'relay' | 'known'> {
  let tell = () => {}
  const known = new Promise<void>((resolve) => {
    tell = resolve
  })
  return {
    known,
    relay: {
      get maxPayloadBytes() {
        return relay.maxPayloadBytes
      },
      open: (sink) =>
        relay.open({
          received: (channel, payload) => sink.received(channel, payload),
          up() {
            sink.up()
            tell()
          },
          down(error) {
            sink.down(error)
            tell()
          },
          failed: (stage, error) => sink.failed(stage, error),
        }),
    },
  }
}

/** An address as it may be shown. */
export function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/]*@/, '//***@')
}
