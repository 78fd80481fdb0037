import { defineSession, type EchoSession, type Sessions } from '@echosession/core'
import { connect } from '@echosession/core/memory'
import { Member } from './member.js'
import type { RelayRecorder } from './relay-recorder.js'
import type { RelayStand } from './relay-stand.js'
import type { RelayProcess } from './relay-target.js'
import type { TappedRelay } from './tapped-relay.js'

/** A process with sessions, and a relay to the others. */
export class SessionProcess {
  readonly sessions: Sessions
  readonly relay: TappedRelay
  /** Everything that the observers were told. */
  readonly observed: RelayRecorder
  readonly #stand: RelayStand
  readonly #process: RelayProcess

  constructor(
    stand: RelayStand,
    process: RelayProcess,
    sessions: Sessions,
    relay: TappedRelay,
    observed: RelayRecorder,
  ) {
    this.#stand = stand
    this.#process = process
    this.sessions = sessions
    this.relay = relay
    this.observed = observed
  }

  /** Waits until the relay is up and messages to every session arrive. */
  async ready(): Promise<void> {
    await this.#stand.until(() => this.relay.ups > 0, 'the relay of a process is up')
    await this.#stand.until(() => this.relay.standing.has('all'), 'the subscription to everyone stands')
  }

  /** Breaks its connections to the engine. */
  async cut(): Promise<void> {
    await this.#process.cut?.()
  }

  /** Opens a session and lets it join rooms; resolves when what other processes send there arrives. */
  async member(...rooms: readonly string[]): Promise<Member> {
    let session: EchoSession | undefined
    const definition = defineSession({
      open(opened) {
        session = opened
      },
    })
    const client = await connect(definition, { sessions: this.sessions })
    await this.#stand.until(() => session !== undefined, 'a session')
    const member = new Member(client, session as unknown as EchoSession)
    for (const room of rooms) await this.#stand.soon(member.session.join(room), `membership of ${room}`)
    return member
  }
}
