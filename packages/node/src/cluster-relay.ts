import cluster from 'node:cluster'
import { argumentError, describe, type Relay, RelayError } from '@echosession/core'
import { ClusterLink } from './cluster-link.js'

/** What {@link createClusterRelay} takes. */
export interface ClusterRelayOptions {
  /**
   * Workers with the same prefix reach each other.
   * @defaultValue `'echosession'`
   */
  readonly prefix?: string
}

/**
 * Makes the relay of a worker of `node:cluster`: rooms and broadcasts reach the sessions of all workers of the same primary
 * process, which has to call {@link serveClusterRelay}. Nothing has to be installed or run beside.
 * @throws EchoSessionError with `ES_ERR_RELAY` in a process that is no worker.
 * @throws TypeError with `ES_ERR_OPTION` for a prefix that is no text.
 * @example
 * ```ts
 * import cluster from 'node:cluster'
 * import { createSessions } from '@echosession/core'
 * import { createClusterRelay, serveClusterRelay } from '@echosession/node'
 *
 * if (cluster.isPrimary) {
 *   serveClusterRelay()
 *   for (let count = 0; count < 4; count++) cluster.fork()
 * } else {
 *   const sessions = createSessions({ relay: createClusterRelay() })
 * }
 * ```
 */
export function createClusterRelay(options: ClusterRelayOptions = {}): Relay {
  const { prefix = 'echosession' } = options
  if (typeof prefix !== 'string') {
    throw argumentError('ES_ERR_OPTION', `prefix is a text; it was given ${describe(prefix)}.`)
  }
  if (!cluster.isWorker || process.send === undefined) {
    throw new RelayError(
      'connect',
      'createClusterRelay is for workers of node:cluster, and this process is none; one process alone needs no relay.',
    )
  }
  let opened = false
  return {
    // What is larger keeps the primary, which has to read and write it whole, from everything else for too long.
    maxPayloadBytes: 4_194_304,
    open(sink) {
      if (opened) throw new RelayError('connect', 'The relay was opened already; make one for each engine.')
      opened = true
      return new ClusterLink(prefix, sink)
    },
  }
}
