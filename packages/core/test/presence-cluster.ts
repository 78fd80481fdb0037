import assert from 'node:assert/strict'
import {
  createSessions,
  defineSession,
  type EchoSession,
  type PresenceEvent,
  type Sessions,
} from '../dist/index.js'
import { createManualClock, createMemoryRelayHub, type ManualClock } from '../dist/memory/index.js'
import { FaultyRelay } from './faulty-relay.js'
import { openSession, settle } from './open-session.js'

/** One of several processes that share a memory relay. */
export class PresenceProcess {
  readonly clock: ManualClock = createManualClock()
  readonly sessions: Sessions
  readonly relay: FaultyRelay
  readonly events: PresenceEvent[] = []
  /** What the events say is there, by room and id. */
  readonly mirror = new Map<string, Map<string, string>>()

  constructor(relay: FaultyRelay) {
    this.relay = relay
    const observer = { onError() {} }
    this.sessions = createSessions({ relay, clock: this.clock, observer, heartbeatIntervalMs: 0 })
    this.sessions.presence.watch((event) => this.#note(event))
  }

  open(): EchoSession {
    const { start, session } = openSession(defineSession({}), {}, undefined, this.sessions)
    start()
    return session
  }

  list(room: string): readonly string[] {
    return this.sessions.presence.list(room).map(({ id, info }) => `${id} ${JSON.stringify(info)}`)
  }

  infos(room: string): readonly unknown[] {
    return this.sessions.presence.list(room).map(({ info }) => info)
  }

  #note({ room, kind, member }: PresenceEvent): void {
    this.events.push({ room, kind, member })
    const there = this.mirror.get(room) ?? new Map<string, string>()
    this.mirror.set(room, there)
    assert.equal(there.has(member.id), kind !== 'join', `${kind} of ${member.id}`)
    if (kind === 'leave') there.delete(member.id)
    else there.set(member.id, JSON.stringify(member.info))
  }
}

/** Several processes on one memory relay, each with a clock of its own. */
export class PresenceCluster {
  readonly hub = createMemoryRelayHub()
  readonly processes: readonly PresenceProcess[]

  constructor(count: number) {
    this.processes = Array.from(
      { length: count },
      () => new PresenceProcess(new FaultyRelay(this.hub.relay())),
    )
  }

  /** Lets so much time pass for all that are not frozen. */
  async pass(ms: number): Promise<void> {
    await settle()
    for (let left = ms; left > 0; left -= 50) {
      for (const { clock, relay } of this.processes)
        if (relay.state !== 'frozen') clock.advance(Math.min(50, left))
      await settle()
    }
  }
}
