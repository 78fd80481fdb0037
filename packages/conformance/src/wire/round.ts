import { LimitWatch, type WireLimits } from './limit-watch.js'
import type { Peer } from './peer.js'
import type { Random } from './random.js'
import { preview } from './transcript.js'
import type { Outcome, WireVerdict } from './wire-case.js'

/** Something that a case looks out for. */
export type RoundEvent =
  | { readonly kind: 'message'; readonly payload: Buffer; readonly isBinary: boolean }
  | { readonly kind: 'pong'; readonly payload: Buffer }
  | { readonly kind: 'timeout'; readonly tag: string }

/** How a connection has to end. */
export interface CloseExpectation {
  /** Which end sends the first close frame, or ends TCP. */
  readonly by: 'suite' | 'target'
  /** The codes that may come; the first one is what we send when we close after all that was expected came. */
  readonly codes: readonly number[]
  /** Whether the closing handshake must be complete, and the server must end TCP. */
  readonly clean: boolean
  /** Whether it also decides over the behaviour when the wrong end closes. */
  readonly wrongEndIsFatal?: boolean
}

/** What a case is judged by. */
export interface Expectation {
  readonly OK?: readonly RoundEvent[]
  readonly 'NON-STRICT'?: readonly RoundEvent[]
  readonly close: CloseExpectation
}

/** Expects that text comes back. */
export function text(payload: string | Buffer): RoundEvent {
  return { kind: 'message', payload: Buffer.from(payload), isBinary: false }
}

/** Expects that bytes come back. */
export function binary(payload: Buffer): RoundEvent {
  return { kind: 'message', payload, isBinary: true }
}

/** Expects a pong. */
export function pong(payload: string | Buffer): RoundEvent {
  return { kind: 'pong', payload: Buffer.from(payload) }
}

/** Expects that a pause went by with the connection open. */
export function timeout(tag: string): RoundEvent {
  return { kind: 'timeout', tag }
}

/** We close with 1000, and it must be clean. */
export const CLEAN_CLOSE: CloseExpectation = { by: 'suite', codes: [1000], clean: true }

/** The target must fail the connection with a protocol error, or just end TCP. */
export const PROTOCOL_ERROR: CloseExpectation = { by: 'target', codes: [1002], clean: false }

/** The target must fail the connection because of bad text, or just end TCP. */
export const BAD_TEXT: CloseExpectation = { by: 'target', codes: [1007], clean: false, wrongEndIsFatal: true }

function isSame(one: RoundEvent, other: RoundEvent): boolean {
  if (one.kind === 'message') {
    return other.kind === 'message' && one.isBinary === other.isBinary && one.payload.equals(other.payload)
  }
  if (one.kind === 'pong') return other.kind === 'pong' && one.payload.equals(other.payload)
  return other.kind === 'timeout' && one.tag === other.tag
}

function areSame(some: readonly RoundEvent[], others: readonly RoundEvent[]): boolean {
  return (
    some.length === others.length && some.every((event, index) => isSame(event, others[index] as RoundEvent))
  )
}

/** Names an event for a note. */
export function describeEvent(event: RoundEvent): string {
  if (event.kind === 'timeout') return `pause ${event.tag}`
  const what = event.kind === 'pong' ? 'pong' : event.isBinary ? 'binary' : 'text'
  return `${what} of ${event.payload.length} B ${event.payload.length === 0 ? '' : preview(event.payload.subarray(0, 24))}`.trim()
}

function describeEvents(events: readonly RoundEvent[]): string {
  const shown = events.slice(0, 4).map(describeEvent).join(', ')
  return events.length === 0
    ? 'nothing'
    : events.length > 4
      ? `${shown} and ${events.length - 4} more`
      : shown
}

/** How long a round waits. */
export interface RoundWaits {
  /** The longest wait for anything, in milliseconds; none unless given. */
  readonly maxMs?: number | undefined
  /** How many rounds share the target while they keep it busy; each waits so many times as long as it would alone. */
  readonly sharedBy?: number | undefined
}

/** One case played on one open connection. */
export class Round {
  readonly peer: Peer
  readonly random: Random
  readonly limits: LimitWatch
  /** What has come so far. */
  readonly received: RoundEvent[] = []
  /** Takes the messages instead of comparing them with what is expected. */
  onMessage: ((payload: Buffer, isBinary: boolean) => void) | undefined
  /** Replaces the judgement altogether. */
  judge: ((round: Round) => Outcome) | undefined
  /** Has the last word on the judgement. */
  amend: ((outcome: Outcome, round: Round) => Outcome) | undefined
  /** The verdict when there are no expected events to compare with. */
  verdict: WireVerdict = 'FAILED'
  /** Why the verdict is what it is. */
  note = 'what came is not what was expected'
  /** Whether we close by ourselves once everything expected has come. */
  closesWhenDone = true

  readonly #waits: RoundWaits
  #expectation: Expectation | undefined
  #done: (outcome: Outcome) => void = () => {}

  constructor(peer: Peer, random: Random, limits: WireLimits, waits: RoundWaits = {}) {
    this.peer = peer
    this.random = random
    this.limits = new LimitWatch(limits)
    this.#waits = waits
    peer.onSentFrame = (opcode, payloadBytes, messageBytes) =>
      this.limits.sent(opcode, payloadBytes, messageBytes)
  }

  /** Plays a case to its end. */
  run(play: (round: Round) => void, head: Buffer): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#done = resolve
      this.peer.start({
        message: (payload, isBinary) => this.#message(payload, isBinary),
        pong: (payload) => this.#record({ kind: 'pong', payload }),
        ended: () => this.#done(this.#outcome()),
      })
      if (this.peer.state === 'open') play(this)
      this.peer.feed(head)
    })
  }

  /** The seed of the run. */
  get seed(): number {
    return this.random.seed
  }

  /** Says what is to come. */
  expect(expectation: Expectation): void {
    this.#expectation = expectation
  }

  /** How the connection has to end. */
  get closeExpectation(): CloseExpectation {
    return this.#expectation?.close ?? CLEAN_CLOSE
  }

  /** After a wait, fails the connection with 1001 if it is still there. */
  failAfter(waitMs: number): void {
    this.#afterWriting(waitMs, (waitedMs) => {
      this.peer.transcript.add('note', `the wait of ${waitedMs} ms is over: we fail the connection`)
      this.peer.fail(1001, 'Going Away')
    })
  }

  /** After a wait, closes without a code if the connection is still there. */
  closeAfter(waitMs: number): void {
    this.#afterWriting(waitMs, (waitedMs) => {
      this.peer.transcript.add('note', `the wait of ${waitedMs} ms is over: we close`)
      this.peer.close()
    })
  }

  /** The wait begins when all has been written: what takes us long to send is not the target's fault. */
  #afterWriting(waitMs: number, callback: (waitedMs: number) => void): void {
    const { maxMs = Number.POSITIVE_INFINITY, sharedBy = 1 } = this.#waits
    const ownMs = Math.min(waitMs * sharedBy, maxMs)
    void this.peer.whenWritten().then(() => {
      if (this.peer.state !== 'closed') this.peer.later(ownMs, () => callback(ownMs))
    })
  }

  /** Records that a pause went by. */
  passed(tag: string): void {
    this.received.push({ kind: 'timeout', tag })
  }

  /** Closes with 1000. */
  closeNormally(): void {
    this.peer.close(1000)
  }

  #message(payload: Buffer, isBinary: boolean): void {
    if (this.onMessage === undefined) this.#record({ kind: 'message', payload, isBinary })
    else this.onMessage(payload, isBinary)
  }

  #record(event: RoundEvent): void {
    this.received.push(event)
    const expectation = this.#expectation
    if (expectation === undefined || !this.closesWhenDone || expectation.close.by !== 'suite') return
    const wanted = [expectation.OK, expectation['NON-STRICT']].filter((events) => events !== undefined)
    if (wanted.every((events) => areSame(this.received, events))) this.peer.close(expectation.close.codes[0])
  }

  #outcome(): Outcome {
    const breach = this.limits.judge(this.peer, this.received.length)
    if (breach !== undefined) return breach
    const outcome = this.judge?.(this) ?? this.#compare()
    return this.amend?.(outcome, this) ?? outcome
  }

  #compare(): Outcome {
    const expectation = this.#expectation
    let verdict = this.verdict
    let note: string | undefined = this.note
    if (expectation?.OK !== undefined) {
      verdict = 'FAILED'
      note = `expected ${describeEvents(expectation.OK)}; got ${describeEvents(this.received)}`
      if (areSame(this.received, expectation.OK)) [verdict, note] = ['OK', undefined]
      else if (expectation['NON-STRICT'] !== undefined && areSame(this.received, expectation['NON-STRICT'])) {
        verdict = 'NON-STRICT'
      }
    } else if (verdict === 'OK') note = undefined
    const { closeVerdict, closeNote, isWrongEnd } = judgeClose(this.peer, this.closeExpectation)
    if (isWrongEnd && this.closeExpectation.wrongEndIsFatal === true) {
      verdict = 'FAILED'
      note = 'the target did not notice what is wrong: it was for us to end the connection'
    }
    return {
      verdict,
      closeVerdict,
      ...(note === undefined ? {} : { note }),
      ...(closeNote === undefined ? {} : { closeNote }),
    }
  }
}

/** The second verdict: who closed, with which code, and how TCP ended. */
export function judgeClose(
  peer: Peer,
  expected: CloseExpectation,
): { closeVerdict: WireVerdict; closeNote?: string; isWrongEnd: boolean } {
  const isWrongEnd = peer.closedByUs !== (expected.by === 'suite')
  const failed = (closeNote: string) => ({ closeVerdict: 'FAILED' as const, closeNote, isWrongEnd })
  if (isWrongEnd) {
    return failed(
      `the wrong end closed: it should have been ${expected.by === 'suite' ? 'us' : 'the target'}`,
    )
  }
  if (expected.clean && !peer.wasClean)
    return failed(`UNCLEAN: ${peer.trouble ?? 'no complete closing handshake'}`)
  if (peer.closeCode !== undefined && !expected.codes.includes(peer.closeCode)) {
    return failed(`WRONG CODE: ${peer.closeCode} came, expected ${expected.codes.join(' or ')}, or none`)
  }
  if (peer.role === 'client' && peer.droppedByUs)
    return failed('FAILED BY CLIENT: the server left it to us to end TCP')
  return { closeVerdict: 'OK', isWrongEnd }
}
