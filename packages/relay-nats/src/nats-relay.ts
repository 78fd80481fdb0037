import { argumentError, describe, type Relay, RelayError } from '@echosession/core'
import type { NatsClient } from './nats-client.js'
import { NatsLink } from './nats-link.js'
import { checkPrefix } from './nats-subject.js'

/** What {@link createNatsRelay} takes. */
export interface NatsRelayOptions {
  /** The connection to use, as `connect` of `@nats-io/transport-node` makes it. It stays the caller's, who closes it. */
  readonly connection: NatsClient
  /**
   * What the subjects begin with; processes with the same one reach each other.
   * @defaultValue `'echosession'`
   */
  readonly prefix?: string
}

/** What a server takes that says nothing else. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1_048_576

/**
 * Makes a relay on NATS: rooms and broadcasts reach the sessions of every process that is connected to the same servers. It
 * uses core NATS, which keeps nothing: at most once.
 * @throws TypeError with `ES_ERR_OPTION` for a connection or a prefix that cannot be one.
 * @example
 * ```ts
 * import { createSessions } from '@echosession/core'
 * import { createNatsRelay } from '@echosession/relay-nats'
 * import { connect } from '@nats-io/transport-node'
 *
 * const connection = await connect({ servers: '127.0.0.1:4222', maxReconnectAttempts: -1 })
 * const sessions = createSessions({ relay: createNatsRelay({ connection }) })
 * ```
 */
export function createNatsRelay(options: NatsRelayOptions): Relay {
  const { connection, prefix = 'echosession' } = options
  checkPrefix(prefix)
  if (typeof connection?.publish !== 'function' || typeof connection.status !== 'function') {
    throw argumentError(
      'ES_ERR_OPTION',
      `connection is what connect of @nats-io/transport-node resolves with; it was given ${describe(connection)}.`,
    )
  }
  let opened = false
  let maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES
  return {
    get maxPayloadBytes() {
      maxPayloadBytes = connection.info?.max_payload ?? maxPayloadBytes
      return maxPayloadBytes
    },
    open(sink) {
      if (opened) throw new RelayError('connect', 'The relay was opened already; make one for each engine.')
      opened = true
      return new NatsLink(connection, prefix, sink)
    },
  }
}
