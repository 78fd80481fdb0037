import type { EchoSession, Sessions } from '@echosession/core'
import type { ContractClient, DialAnswer, DialRequest, NetworkClient } from './contract-client.js'
import type { Recorder } from './recorder.js'
import type { Stage } from './stage.js'
import type { Mounted } from './target.js'

/** A mounted definition with what a case needs around it. */
export class Stand {
  readonly mounted: Mounted
  readonly sessions: Sessions
  /** Everything that the engine's observers were told. */
  readonly observed: Recorder
  readonly #stage: Stage

  constructor(stage: Stage, mounted: Mounted, observed: Recorder) {
    this.#stage = stage
    this.mounted = mounted
    this.sessions = mounted.sessions
    this.observed = observed
  }

  /** The origin that a page served by the same host would have. */
  get origin(): string {
    if (this.mounted.url === undefined) return 'http://memory.test'
    const url = new URL(this.mounted.url)
    return `${url.protocol === 'wss:' ? 'https' : 'http'}://${url.host}`
  }

  /** The path of the session's route. */
  get path(): string {
    return this.mounted.url === undefined ? '/' : new URL(this.mounted.url).pathname
  }

  /** Sends an upgrade request and reads the answer, whatever it is. */
  request(request: DialRequest = {}): Promise<DialAnswer> {
    return this.#stage.dial(this.mounted, request)
  }

  /**
   * Connects.
   * @throws Error when the answer is not 101.
   */
  async connect(request: DialRequest = {}): Promise<ContractClient> {
    const answer = await this.request(request)
    if (answer.client !== undefined) return answer.client
    throw new Error(`the handshake was answered with ${answer.status} instead of 101: ${answer.body}`)
  }

  /**
   * Connects over a network, where any byte can be sent.
   * @throws Error when the answer is not 101.
   */
  async connectRaw(request: DialRequest = {}): Promise<NetworkClient> {
    return (await this.connect(request)) as NetworkClient
  }

  /** The session that was opened last. */
  get session(): EchoSession {
    const session = this.observed.opened.at(-1)
    if (session === undefined) throw new Error('no session was opened')
    return session
  }

  /** Sends a ping and waits for its pong: everything that either end sent before has then arrived. */
  async barrier(client: ContractClient): Promise<void> {
    const id = Buffer.from(`barrier ${this.#stage.nextNumber()}`)
    client.ping(id)
    await this.#stage.until(
      () => client.pongs.some((payload) => id.equals(payload)),
      'the answer to a ping that follows everything else',
    )
  }
}
