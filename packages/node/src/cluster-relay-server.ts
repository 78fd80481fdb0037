import cluster, { type Worker } from 'node:cluster'
import { argumentError, describe, RelayError } from '@echosession/core'
import { type ClusterEntry, readClusterMessage, readPayload, writeEntry } from './cluster-message.js'
import { ClusterOutlet } from './cluster-outlet.js'

/** What {@link serveClusterRelay} takes. */
export interface ClusterRelayServerOptions {
  /**
   * Bytes that may wait for a worker that does not read; what is too much is lost to that worker, which is told.
   * @defaultValue `16777216` (16 MiB)
   */
  readonly maxQueuedBytes?: number
}

/** The primary's part in the cluster relay. */
export interface ClusterRelayServer {
  /** Stops it. The workers report that the relay is down. */
  close(): void
}

interface Client {
  readonly outlet: ClusterOutlet
  readonly worker: Worker
  readonly link: string
  readonly prefix: string
  readonly channels: Set<string>
  readonly keepsBytes: boolean
}

let serving = false

function addressOf(prefix: string, channel: string): string {
  return `${prefix.length}:${prefix}${channel}`
}

class Server implements ClusterRelayServer {
  readonly #maxQueuedBytes: number
  readonly #outlets = new Map<Worker, ClusterOutlet>()
  readonly #clients = new Map<string, Client>()
  readonly #subscribers = new Map<string, Set<Client>>()
  #isClosed = false

  constructor(maxQueuedBytes: number) {
    this.#maxQueuedBytes = maxQueuedBytes
    cluster.on('message', this.#take)
    cluster.on('disconnect', this.#forget)
    cluster.on('exit', this.#forget)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    serving = false
    cluster.off('message', this.#take)
    cluster.off('disconnect', this.#forget)
    cluster.off('exit', this.#forget)
    for (const { outlet, link } of this.#clients.values()) outlet.send({ kind: 'bye', link })
  }

  readonly #take = (worker: Worker, value: unknown): void => {
    const message = readClusterMessage(value)
    if (message === undefined) return
    const { kind, link, id, names } = message
    const outlet = this.#outletOf(worker)
    if (kind === 'hello') {
      const [prefix = '', ...channels] = names
      this.#remove(link)
      const { keepsBytes } = message
      const client: Client = { outlet, worker, link, prefix, channels: new Set(), keepsBytes }
      this.#clients.set(link, client)
      for (const channel of channels) this.#subscribe(client, channel)
      outlet.send({ kind: 'welcome', link, id })
      return
    }
    const client = this.#clients.get(link)
    if (client === undefined) {
      // From before this server, or after a bye.
      if (kind !== 'bye') outlet.send({ kind: 'bye', link })
      return
    }
    if (kind === 'publish') this.#publish(client, message.entries)
    else if (kind === 'subscribe') for (const channel of names) this.#subscribe(client, channel)
    else if (kind === 'unsubscribe') for (const channel of names) this.#unsubscribe(client, channel)
    else if (kind === 'bye') this.#remove(link)
    if (kind !== 'bye') outlet.send({ kind: 'done', link, id })
  }

  readonly #forget = (worker: Worker): void => {
    this.#outlets.delete(worker)
    for (const client of this.#clients.values()) if (client.worker === worker) this.#remove(client.link)
  }

  #outletOf(worker: Worker): ClusterOutlet {
    let outlet = this.#outlets.get(worker)
    if (outlet === undefined) {
      outlet = new ClusterOutlet(worker, this.#maxQueuedBytes)
      this.#outlets.set(worker, outlet)
    }
    return outlet
  }

  #publish(from: Client, entries: readonly ClusterEntry[]): void {
    const parcels = new Map<Client, ClusterEntry[]>()
    for (const entry of entries) {
      const [channel] = entry
      for (const client of this.#subscribers.get(addressOf(from.prefix, channel)) ?? []) {
        if (client === from) continue
        const fits = client.keepsBytes === (typeof entry[1] !== 'string')
        const own = fits ? entry : writeEntry(channel, readPayload(entry), client.keepsBytes)
        const parcel = parcels.get(client)
        if (parcel === undefined) parcels.set(client, [own])
        else parcel.push(own)
      }
    }
    for (const [{ outlet, link }, own] of parcels) outlet.send({ kind: 'payloads', link, entries: own })
  }

  #subscribe(client: Client, channel: string): void {
    client.channels.add(channel)
    const address = addressOf(client.prefix, channel)
    const subscribers = this.#subscribers.get(address)
    if (subscribers === undefined) this.#subscribers.set(address, new Set([client]))
    else subscribers.add(client)
  }

  #unsubscribe(client: Client, channel: string): void {
    client.channels.delete(channel)
    const address = addressOf(client.prefix, channel)
    const subscribers = this.#subscribers.get(address)
    subscribers?.delete(client)
    if (subscribers?.size === 0) this.#subscribers.delete(address)
  }

  #remove(link: string): void {
    const client = this.#clients.get(link)
    if (client === undefined) return
    this.#clients.delete(link)
    for (const channel of client.channels) this.#unsubscribe(client, channel)
  }
}

/**
 * Serves the cluster relay in the primary process of `node:cluster`: takes what one worker publishes to the others. Call it
 * once, before or after forking.
 * @throws EchoSessionError with `ES_ERR_RELAY` in a worker, and while it is served already.
 * @throws TypeError with `ES_ERR_OPTION` for a bound that is none.
 */
export function serveClusterRelay(options: ClusterRelayServerOptions = {}): ClusterRelayServer {
  const { maxQueuedBytes = 16_777_216 } = options
  if (typeof maxQueuedBytes !== 'number' || !(maxQueuedBytes >= 1)) {
    throw argumentError(
      'ES_ERR_OPTION',
      `maxQueuedBytes is a number of bytes from 1; it was given ${describe(maxQueuedBytes)}.`,
    )
  }
  if (!cluster.isPrimary) {
    throw new RelayError(
      'connect',
      'serveClusterRelay is for the primary process of a cluster, and this is a worker; it takes createClusterRelay.',
    )
  }
  if (serving) {
    throw new RelayError('connect', 'The cluster relay is served already; call serveClusterRelay once.')
  }
  serving = true
  return new Server(maxQueuedBytes)
}
