import type { Publisher, Selection } from './audience.js'
import type { Clock } from './clock.js'
import { MessageCopies } from './message-copies.js'
import type { Counters, HandlerPhase, Observers } from './observer.js'
import type { ResolvedOptions } from './options.js'
import type { Relay, RelaySink, RelayStage } from './relay.js'
import { decodeEnvelope, type Envelope, type Place } from './relay-envelope.js'
import { RelayError } from './relay-error.js'
import { PUBLISHER_BYTES } from './relay-fields.js'
import { type MarksOwner, RelayMarks } from './relay-marks.js'
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

type Sequenced = Extract<Envelope, Place>
const KINDS = ['message', 'signal'] as const satisfies readonly Sequenced['kind'][]

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
 * This process's part in the relay: numbers what goes out, bounds what waits, tells what is missing of what comes in.
 */
export class RelayHub implements Publisher, RoomInterest, RelaySink, SubscriptionOwner, MarksOwner {
  /** What other processes know this one by. */
  readonly id = createPublisherId()
  readonly clock: Clock
  readonly timeoutMs: number
  readonly #engine: RelayEngine
  readonly #outgoing: RelayOutgoing
  readonly #subscriptions: RelaySubscriptions
  readonly #sent = new SentSequences()
  readonly #heard = new HeardSequences((series) => this.#doubt(series))
  readonly #marks = new RelayMarks(this, this.#sent, this.#heard)
  readonly #copies = new MessageCopies()
  #signals: RelaySignals | undefined
  #closed = false

  /** @throws what the relay's `open` throws. */
  constructor(engine: RelayEngine, relay: Relay) {
    this.#engine = engine
    this.clock = engine.clock
    this.timeoutMs = engine.options.relayTimeoutMs
    const link = relay.open(this)
    this.#outgoing = new RelayOutgoing(engine, relay, link, () => {
      this.#marks.tellSoon()
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
    this.#marks.close()
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
    if (envelope.kind === 'sync') this.#marks.asked(envelope)
    else if (envelope.kind === 'marks') this.#marks.told(envelope)
    else this.#take(channel, envelope)
  }

  up(): void {
    if (this.#closed) return
    this.#outgoing.well()
    this.#subscriptions.retry()
    this.#marks.exchange()
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
    for (const kind of KINDS) {
      const series = seriesOf(channel, kind)
      if (subscribed) this.#heard.follow(series)
      else this.#heard.forget(series)
    }
  }

  subscribed(channel: string): void {
    for (const kind of KINDS) this.#heard.stands(seriesOf(channel, kind), this.clock.now())
    this.#marks.ask(channel)
    const room = roomOf(channel)
    if (room !== undefined) this.#signals?.followed(room)
  }

  subscriptionFailed(error: unknown, again: boolean): void {
    this.#engine.tally.relayErrors++
    if (!again) this.#outgoing.tell(RelayError.of('subscribe', error))
  }

  // What marks ask for.

  tell(envelope: Envelope): void {
    this.#outgoing.give(EVERYONE, envelope)
  }

  lose(series: string, publisher: string, lost: number): void {
    if (lost === 0) return
    const isSignals = series.startsWith(SIGNALS)
    const room = roomOf(isSignals ? series.slice(SIGNALS.length) : series)
    this.#signals?.missed(room, publisher)
    if (isSignals) return
    const { tally, observers } = this.#engine
    tally.relayLost += lost
    observers.tell('onGap', { room, publisher, lost })
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
    this.lose(series, envelope.publisher, lost)
    if (envelope.kind === 'signal') {
      this.#signals?.signal(roomOf(channel), envelope.publisher, envelope.payload)
      return
    }
    if (this.#copies.has(envelope.publisher, envelope.copyId)) return
    tally.relayIn++
    const message = new SharedMessage(envelope.payload, envelope.type)
    this.#engine.deliver(envelope.selection, message, envelope.key)
  }

  // Presence asks for what it lacks by itself.
  #doubt(series: string): void {
    if (!series.startsWith(SIGNALS)) this.#marks.ask(series)
  }

  #put(
    kind: Sequenced['kind'],
    channel: string,
    write: (place: Place) => Envelope,
    refused?: () => void,
  ): void {
    if (this.#closed) return
    this.#outgoing.give(channel, write(this.#sent.next(seriesOf(channel, kind), this.clock.now())), refused)
  }
}
