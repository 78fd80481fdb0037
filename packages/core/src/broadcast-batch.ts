import type { Selection } from './audience.js'
import type { EchoSession } from './echo-session.js'
import type { LiveSession } from './live-session.js'
import type { Counters } from './observer.js'
import type { FrameEncoder } from './port.js'
import type { SharedMessage } from './shared-message.js'

/** Whom messages are for: a selection without some of its sessions. */
export interface BatchTarget {
  readonly selection: Selection
  readonly without: readonly EchoSession[]
}

const NOBODY: readonly LiveSession[] = []

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index])
}

function isSameTarget(one: BatchTarget, other: BatchTarget): boolean {
  const { rooms, exceptRooms } = other.selection
  const ofOne = one.selection.rooms
  return (
    areSame(one.without, other.without) &&
    areSame(one.selection.exceptRooms, exceptRooms) &&
    (ofOne === undefined || rooms === undefined ? ofOne === rooms : areSame(ofOne, rooms))
  )
}

/**
 * Hands messages that are sent to the same sessions one right after the other over together: to go through a thousand
 * sessions costs more than to give each of them one message more. The first goes to each at once. From it is known who
 * takes the next ones and how much fits everywhere, so all that a caller could see of them is true at once; the sessions
 * get them before anything else happens to one of them, and at the latest when the running call is over.
 */
export class BroadcastBatch {
  readonly #tally: Counters
  /** Whom the last message was for, while nothing else has happened since. */
  #target: BatchTarget | undefined
  /** Who all took it. */
  #members = NOBODY
  /** What encodes for all of them. */
  #encoder: FrameEncoder | undefined
  /** How many bytes more each of them takes without being behind. */
  #room = 0
  #frames: Uint8Array[] = []
  #endIsAwaited = false

  constructor(tally: Counters) {
    this.#tally = tally
  }

  /**
   * These members were sent a message, and what is sent next to the same target is kept.
   * @param room how many bytes more each of them takes without being behind; negative if one has not taken this one.
   */
  begin(
    target: BatchTarget,
    members: readonly LiveSession[],
    encoder: FrameEncoder | undefined,
    room: number,
  ): void {
    this.settle()
    if (encoder === undefined) return
    this.#target = target
    this.#members = members
    this.#encoder = encoder
    this.#room = room
    if (this.#endIsAwaited) return
    this.#endIsAwaited = true
    queueMicrotask(() => {
      this.#endIsAwaited = false
      this.settle()
    })
  }

  /**
   * Keeps a message for the members that took the last one.
   * @returns how many they are; undefined when it is for others, or does not fit everywhere.
   */
  add(target: BatchTarget, message: SharedMessage): number | undefined {
    if (this.#target === undefined || !isSameTarget(this.#target, target)) return undefined
    // At once: the caller may change the bytes afterwards.
    const frame = message.encodedBy(this.#encoder as FrameEncoder)
    // A compressed frame is shorter than the message, which is what is asked about where it goes to each at once.
    if (Math.max(frame.length, message.size) > this.#room) return undefined
    this.#room -= frame.length
    this.#frames.push(frame)
    const count = this.#members.length
    this.#tally.messagesOut += count
    this.#tally.bytesOut += count * message.size
    return count
  }

  /**
   * Hands over what was kept. To be called before anything that shows whether a session has it, and before somebody comes
   * or goes, to or from a room or at all.
   */
  settle(): void {
    if (this.#target === undefined) return
    const members = this.#members
    const frames = this.#frames
    this.#target = undefined
    this.#members = NOBODY
    if (frames.length === 0) return
    this.#frames = []
    for (const session of members) session.sendFrames(frames)
  }
}
