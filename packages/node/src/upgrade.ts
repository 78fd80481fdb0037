import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type Answer,
  type Attempt,
  EchoSessionError,
  type Refusal,
  refuse,
  type SessionDefinition,
} from '@echosession/core'
import { formatAnswer, formatFields, type HeaderFields, linesFor101 } from './answer-lines.js'
import { type AnswerHead, AnswerStream, type AnswerTarget } from './answer-stream.js'
import { EarlyBytes } from './early-bytes.js'
import { linger } from './linger.js'
import { NodeRequest, type PathParams } from './node-request.js'
import { SocketWatch, type WatchOwner } from './socket-watch.js'
import type { UpgradeHost, UpgradeOwnership } from './upgrade-host.js'
import { serve } from './upgrade-response.js'
import { UpgradeRound } from './upgrade-round.js'

/** `waiting` for the host's answer, `answering` with something other than 101, `tunnel` to a plugin's own WebSocket. */
type Phase = 'waiting' | 'accepted' | 'answering' | 'tunnel' | 'over'

function bytesWritten(socket: Duplex): number {
  return 'bytesWritten' in socket && typeof socket.bytesWritten === 'number' ? socket.bytesWritten : 0
}

function ignore(): void {}

/** One upgrade request, from the `upgrade` event to the 101 or the refusal. It owns the raw socket for that time. */
export class Upgrade implements AnswerTarget, WatchOwner {
  /** Core's view of the request. */
  readonly source: NodeRequest
  readonly host: UpgradeHost
  readonly #request: IncomingMessage
  readonly #socket: Duplex
  /** Left out where nobody else could write to the socket. */
  readonly #bytesBefore: number | undefined
  readonly #ownership: UpgradeOwnership
  readonly #round: UpgradeRound
  #phase: Phase = 'waiting'
  #claimed = false
  /** There from when there is something to wait for. */
  #watch: SocketWatch | undefined
  #answerStream: AnswerStream | undefined
  readonly #early = new EarlyBytes()
  #attempt: Attempt | undefined
  #answer: Answer | undefined

  constructor(
    host: UpgradeHost,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    ownership: UpgradeOwnership,
  ) {
    this.host = host
    this.#request = request
    this.#socket = socket
    this.#bytesBefore = ownership.direct ? undefined : bytesWritten(socket)
    this.source = new NodeRequest(request)
    if (head.length > 0) this.#early.keep(head, socket)
    this.#ownership = ownership
    this.#round = UpgradeRound.join(request, this)
    if (ownership.alone) this.#claim()
    else this.guard()
  }

  /** The socket that the host's answer is written to. */
  get answerStream(): AnswerStream {
    // A host that fails in the middle of its answer destroys its socket with the error.
    this.#answerStream ??= new AnswerStream(this).on('error', ignore)
    return this.#answerStream
  }

  /**
   * Asks core whether this client may have this session.
   * @throws {@link EchoSessionError} with `ES_ERR_BINDING` when another handler has asked for the same request.
   */
  admit(definition: SessionDefinition, params: PathParams, context: unknown): Answer | Promise<Answer> {
    if (this.#phase === 'over') return refuse('ES_ERR_ABORTED')
    if (this.#attempt !== undefined || this.#belongsToAnother) {
      throw new EchoSessionError(
        'ES_ERR_BINDING',
        `Two session handlers took the upgrade of ${this.source.path}; let each path end at one of them.`,
      )
    }
    this.#claim()
    // A session keeps them, and most routes have none.
    if (Object.keys(params).length > 0) this.source.params = params
    this.#attempt = this.host.sessions.admit(definition, this.source, context)
    const { answer } = this.#attempt
    if (!(answer instanceof Promise)) return this.#decided(answer)
    this.guard()
    return answer.then((settled) => this.#decided(settled))
  }

  /** Asks core and gives its answer, for a host that has nothing to add to it. */
  settle(definition: SessionDefinition, params: PathParams, context: unknown): void {
    const answer = this.admit(definition, params, context)
    if (answer instanceof Promise) void answer.then((settled) => this.#give(settled))
    else this.#give(answer)
  }

  /**
   * Answers 101 with the header fields of a response that nobody else has a part in, which then need not be written.
   * @returns whether it did: with the fast path on, once core has accepted, and when the client has not left since.
   */
  acceptUnwritten(fields: HeaderFields): boolean {
    return this.host.sessions.options.fastPath && this.#accept(formatFields(fields))
  }

  /** Answers with a refusal past the host. */
  refuse({ status, headers, body }: Refusal): void {
    if (!this.waits) return
    this.#claim()
    const lines = formatFields(Object.entries(headers))
    const mode = this.answered({ status, lines })
    this.#answerStream?.mute()
    if (mode !== 'forward') return
    this.#socket.write(formatAnswer(status, lines, Buffer.from(body)))
    this.finished()
  }

  /** Whether somebody else on this server answers the client; then this upgrade is over. */
  isOthers(): boolean {
    const hasWritten = this.#bytesBefore !== undefined && bytesWritten(this.#socket) !== this.#bytesBefore
    if (!this.#belongsToAnother && !hasWritten) return false
    this.#attempt?.abandon()
    this.#release()
    return true
  }

  /** Whether nobody has answered yet. */
  get waits(): boolean {
    return this.#phase === 'waiting' || this.#phase === 'accepted'
  }

  /**
   * Lets nothing that happens to the socket from now on go unnoticed. Most are answered before anything can, and do not
   * need it.
   */
  guard(): void {
    if (this.#watch !== undefined || this.#phase === 'over') return
    this.host.waiting.add(this)
    this.#watch = new SocketWatch(this.#socket, this, this.host.sessions.options.authorizeTimeoutMs)
    if (this.#claimed) this.#watch.read()
    else if (this.#ownership.early) this.#claim()
  }

  /** Serves a response that a plugin has made for the answer stream. */
  serve(response: ServerResponse): void {
    serve(response, this.answerStream)
  }

  /** Whether core has been asked: the upgrade has reached a session's route. */
  get admitted(): boolean {
    return this.#attempt !== undefined
  }

  /** Cuts the connection, whatever it waits for. */
  destroy(): void {
    this.#socket.destroy()
  }

  // What the answer stream asks for.

  answered({ status, lines }: AnswerHead): 'forward' | 'discard' | 'tunnel' {
    if (this.#phase === 'over') return 'discard'
    if (status < 300 && this.#accept(lines)) return 'discard'
    this.guard()
    if (status === 101 && this.#attempt === undefined) return this.#tunnel()
    this.#attempt?.abandon()
    // A page or a 404 says only that no route of ours is there: another listener may own the path.
    const declines = !this.#claimed && (status < 400 || status === 404)
    if (declines && ++this.#round.declined < this.#ownership.listeners) return 'discard'
    if (this.isOthers()) return 'discard'
    this.#claim()
    this.#watch?.untime()
    this.#phase = 'answering'
    return 'forward'
  }

  forward(chunk: Uint8Array, done: () => void): void {
    // For the host a client that has left is the end of its socket, not an error.
    const gone = () => this.#answerStream?.destroy()
    if (this.#socket.destroyed) gone()
    else this.#socket.write(chunk, (error) => (error ? gone() : done()))
  }

  readMore(): void {
    this.#socket.resume()
  }

  finished(): void {
    this.#answerStream?.mute()
    if (this.#phase === 'tunnel') this.#socket.end()
    else if (this.#phase === 'answering') this.#linger()
    // The host has hung up without an answer.
    else if (this.#phase !== 'over' && this.#claimed) this.#socket.destroy()
  }

  // What the watch reports.

  heard(chunk: Buffer): void {
    if (this.#phase !== 'tunnel') this.#early.keep(chunk, this.#socket)
    else if (!this.answerStream.push(chunk)) this.#socket.pause()
  }

  ended(): void {
    if (this.#phase === 'tunnel') this.answerStream.push(null)
    else if (this.#phase !== 'answering') this.#socket.destroy()
  }

  gone(): void {
    this.#attempt?.abandon()
    this.#release()
    this.#answerStream?.destroy()
  }

  expired(): void {
    if (this.isOthers()) return
    const { sessions } = this.host
    // Core has been asked before, and counts each request once.
    if (this.#answer !== undefined) {
      const retryAfter = String(Math.ceil(sessions.options.retryAfterMs / 1000))
      this.refuse(refuse('ES_ERR_AUTHORIZE_TIMEOUT', { 'Retry-After': retryAfter }))
    }
    // While core decides, its own deadline counts.
    else if (this.#attempt === undefined)
      this.refuse(sessions.refuse(this.source, 'ES_ERR_AUTHORIZE_TIMEOUT'))
  }

  // The upgrade's own workings.

  #decided(answer: Answer): Answer {
    this.#answer = answer
    // From here on it is the host that has to answer.
    if (this.waits) this.#watch?.refresh()
    if (answer.accepted && this.#phase === 'waiting') this.#phase = 'accepted'
    return answer
  }

  #give(answer: Answer): void {
    if (!answer.accepted) this.refuse(answer)
    else this.#accept([])
  }

  get #belongsToAnother(): boolean {
    return this.#round.owner !== undefined && this.#round.owner !== this
  }

  #claim(): void {
    if (this.#claimed || this.#phase === 'over') return
    this.#claimed = true
    this.#round.owner = this
    this.#watch?.read()
  }

  // Tells whether it is the time for it.
  #accept(lines: readonly string[]): boolean {
    if (this.#phase !== 'accepted') return false
    this.#release()
    this.#watch?.release()
    this.#round.open()
    this.host.open({
      request: this.#request,
      source: this.source,
      socket: this.#socket,
      early: this.#early.take(),
      attempt: this.#attempt as Attempt,
      protocol: this.#answer?.accepted ? this.#answer.protocol : '',
      lines: linesFor101(lines),
    })
    return true
  }

  #tunnel(): 'tunnel' {
    this.#claim()
    this.#phase = 'tunnel'
    this.#watch?.untime()
    this.#watch?.begin()
    this.host.waiting.delete(this)
    this.answerStream.push(this.#early.take())
    return 'tunnel'
  }

  #release(): void {
    this.#phase = 'over'
    this.host.waiting.delete(this)
    this.#watch?.stop()
  }

  #linger(): void {
    this.#release()
    linger(this.#socket)
  }
}
