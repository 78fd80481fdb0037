import type { Publisher, Selection } from './audience.js'
import type { Clock, TimerHandle } from './clock.js'
import { MessageCopies } from './message-copies.js'
import type { Counters, HandlerPhase, Observers } from './observer.js'
import type { ResolvedOptions } from './options.js'
import type { Relay, RelaySink, RelayStage } from './relay.js'
import {
  chunksOfMarks,
  decodeEnvelope,
  type Envelope,
  type Mark,
  type Place,
  PUBLISHER_BYTES,
} from './relay-envelope.js'
import { RelayError } from './relay-error.js'
import { RelayOutgoing } from './relay-outgoing.js'
import { HeardSequences, SentSequences } from './relay-sequences.js'
import type { RelaySignals } from './relay-signals.js'
import { RelaySubscriptions, type SubscriptionOwner } from './relay-subscriptions.js'
import type { RoomInterest } from './roster.js'
import { SharedMessage } from './shared-message.js'

/** What the hub needs from the engine. */
export interface RelayEngine {
  readonly clock: Clock
  readonly options: ResolvedOptions
  readonly tally: Counters
  readonly observers: Observers
  /** Hands a message of another process to the sessions of this one. */
  deliver(selection: Selection, message: SharedMessage, key: string | undefined): void
  /** Says an error out loud that nobody listens to. */
  reportUnheard(error: unknown, phase: HandlerPhase): void
}

/** The channel that every process is subscribed to. */
const EVERYONE = 'all'
const ROOM = 'room:'
/** What the series of a channel's signals is named by: what is counted as lost is messages. */
const SIGNALS = 'signals:'
/** How long an envelope that a mark tells of may still be on its way. */
const GRACE_MS = 1_000
/** How long requests for marks are gathered before they are answered once. */
const GATHER_MS = 50

type Sequenced = Extract<Envelope, Place>

function channelOf(room: string): string {
  return `${ROOM}${room}`
}

function seriesOf(channel: string, kind: Sequenced['kind']): string {
  return kind === 'signal' ? `${SIGNALS}${channel}` : channel
}

function roomOf(channel: string): string | undefined {
  return channel === EVERYONE ? undefined : channel.slice(ROOM.length)
}

function createPublisherId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(PUBLISHER_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * This process's part in the relay: numbers what goes out, bounds what waits, tells what is missing of what comes in. Who
 * has lost a connection asks the others how far they have come, so that a loss is seen though nothing follows it.
 */
export class RelayHub implements Publisher, RoomInterest, RelaySink, SubscriptionOwner {
  /** What other processes know this one by. */
  readonly id = createPublisherId()
  readonly clock: Clock
  readonly timeoutMs: number
  readonly #engine: RelayEngine
  readonly #outgoing: RelayOutgoing
  readonly #subscriptions: RelaySubscriptions
  readonly #sent = new SentSequences()
  readonly #heard = new HeardSequences()
  readonly #copies = new MessageCopies()
  readonly #timers = new Set<TimerHandle>()
  #signals: RelaySignals | undefined
  #gathering = false
  #closed = false

  /** @throws what the relay's `open` throws. */
  constructor(engine: RelayEngine, relay: Relay) {
    this.#engine = engine
    this.clock = engine.clock
    this.timeoutMs = engine.options.relayTimeoutMs
    const link = relay.open(this)
    this.#outgoing = new RelayOutgoing(engine, relay, link, () => {
      this.#gatherMarks()
      this.#signals?.resumed()
    })
    this.#subscriptions = new RelaySubscriptions(this, link)
    this.#subscriptions.add(EVERYONE)
  }

  /** Bytes that were given to the relay and are not taken. */
  get queuedBytes(): number {
    return this.#outgoing.queuedBytes
  }

  publish(selection: Selection, message: SharedMessage, key: string | undefined): void {
    const channels = selection.rooms?.map(channelOf) ?? [EVERYONE]
    const copyId = channels.length > 1 ? this.#copies.takeId() : 0
    const { type, bytes: payload } = message
    if (!this.#closed) this.#engine.tally.relayOut += channels.length
    for (const channel of channels) {
      this.#put('message', channel, (place) => ({
        kind: 'message',
        publisher: this.id,
        ...place,
        type,
        copyId,
        selection,
        key,
        payload,
      }))
    }
  }

  /** Has signals told of from here on. */
  listen(signals: RelaySignals): void {
    this.#signals = signals
  }

  /** Sends a signal to the other processes that follow a room, or to everyone. */
  signal(room: string | undefined, payload: Uint8Array): void {
    const channel = room === undefined ? EVERYONE : channelOf(room)
    this.#put(
      'signal',
      channel,
      (place) => ({ kind: 'signal', publisher: this.id, ...place, payload }),
      () => this.#signals?.unsaid(room),
    )
  }

  occupied(room: string): void {
    this.#subscriptions.add(channelOf(room))
  }

  vacated(room: string): void {
    this.#subscriptions.remove(channelOf(room))
  }

  ready(room: string): Promise<void> | undefined {
    return this.#subscriptions.ready(channelOf(room))
  }

  /** Ends the relay. Never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#subscriptions.close()
    for (const timer of this.#timers) this.clock.clearTimeout(timer)
    await this.#outgoing.close()
  }

  // What the relay reports.

  received(channel: string, bytes: Uint8Array): void {
    if (this.#closed || !this.#heard.follows(channel)) return
    const envelope = decodeEnvelope(bytes)
    if (envelope === undefined) {
      this.#engine.tally.relayDropped++
      return
    }
    if (envelope.publisher === this.id) return
    if (envelope.kind === 'sync') this.#gatherMarks()
    else if (envelope.kind === 'marks') this.#await(envelope.publisher, envelope.marks)
    else this.#take(channel, envelope)
  }

  up(): void {
    if (this.#closed) return
    this.#outgoing.well()
    this.#subscriptions.retry()
    this.#sendMarks()
    this.#outgoing.give(EVERYONE, { kind: 'sync', publisher: this.id })
    this.#signals?.recovered()
  }

  down(error: unknown): void {
    if (!this.#closed) this.#outgoing.unwell(RelayError.of('connect', error))
  }

  failed(stage: RelayStage, error: unknown): void {
    if (!this.#closed) this.#outgoing.tell(RelayError.of(stage, error))
  }

  // What subscriptions ask for.

  changed(channel: string, subscribed: boolean): void {
    for (const kind of ['message', 'signal'] as const) {
      const series = seriesOf(channel, kind)
      if (subscribed) this.#heard.follow(series)
      else this.#heard.forget(series)
    }
  }

  subscribed(channel: string): void {
    const room = roomOf(channel)
    if (room !== undefined) this.#signals?.followed(room)
  }

  subscriptionFailed(error: unknown, again: boolean): void {
    this.#engine.tally.relayErrors++
    if (!again) this.#outgoing.tell(RelayError.of('subscribe', error))
  }

  // The hub's own workings.

  #take(channel: string, envelope: Sequenced): void {
    const { tally } = this.#engine
    const series = seriesOf(channel, envelope.kind)
    const lost = this.#heard.heard(series, envelope.publisher, envelope)
    if (lost === undefined) {
      tally.relayDropped++
      return
    }
    this.#lose(series, envelope.publisher, lost)
    if (envelope.kind === 'signal') {
      this.#signals?.signal(roomOf(channel), envelope.publisher, envelope.payload)
      return
    }
    if (this.#copies.has(envelope.publisher, envelope.copyId)) return
    tally.relayIn++
    const message = new SharedMessage(envelope.payload, envelope.type)
    this.#engine.deliver(envelope.selection, message, envelope.key)
  }

  #lose(series: string, publisher: string, lost: number): void {
    if (lost === 0) return
    const isSignals = series.startsWith(SIGNALS)
    const room = roomOf(isSignals ? series.slice(SIGNALS.length) : series)
    this.#signals?.missed(room, publisher)
    if (isSignals) return
    const { tally, observers } = this.#engine
    tally.relayLost += lost
    observers.tell('onGap', { room, publisher, lost })
  }

  #put(
    kind: Sequenced['kind'],
    channel: string,
    write: (place: Place) => Envelope,
    refused?: () => void,
  ): void {
    if (this.#closed) return
    this.#outgoing.give(channel, write(this.#sent.next(seriesOf(channel, kind))), refused)
  }

  #gatherMarks(): void {
    if (this.#gathering) return
    this.#gathering = true
    this.#later(GATHER_MS, () => {
      this.#gathering = false
      this.#sendMarks()
    })
  }

  #sendMarks(): void {
    for (const marks of chunksOfMarks(this.#sent.marks)) {
      this.#outgoing.give(EVERYONE, { kind: 'marks', publisher: this.id, marks })
    }
  }

  // What a mark tells of may still be on its way, on a connection of its own.
  #await(publisher: string, marks: readonly Mark[]): void {
    const followed = marks.filter(({ channel }) => this.#heard.follows(channel))
    if (followed.length === 0) return
    this.#later(GRACE_MS, () => {
      for (const mark of followed) {
        this.#lose(mark.channel, publisher, this.#heard.marked(publisher, mark))
      }
    })
  }

  #later(ms: number, work: () => void): void {
    const timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    this.#timers.add(timer)
  }
}
