/** Other processes that are followed, or remembered as silent. */
const MAX_PEERS = 1_024

/** Another process with somebody present. */
interface Peer {
  heardAt: number
  /** By room, the sessions that a state which is coming in has not named yet. */
  readonly unnamed: Map<string, Set<number>>
}

/** The other processes: when each was heard last, and which have fallen silent. */
export class PresencePeers {
  readonly #peers = new Map<string, Peer>()
  readonly #silent = new Set<string>()

  /** Whether there is anybody whose silence would matter. */
  get size(): number {
    return this.#peers.size
  }

  /** Notes that a process was heard; tells whether it is followed. */
  heard(publisher: string, now: number): boolean {
    const peer = this.#peers.get(publisher)
    if (peer !== undefined) peer.heardAt = now
    return peer !== undefined
  }

  /** Begins to follow a process; tells whether there was room for it. */
  follow(publisher: string, now: number): boolean {
    if (this.heard(publisher, now)) return true
    if (this.#peers.size >= MAX_PEERS) return false
    this.#silent.delete(publisher)
    this.#peers.set(publisher, { heardAt: now, unnamed: new Map() })
    return true
  }

  /** Ends that: it has said goodbye. */
  leave(publisher: string): void {
    this.#peers.delete(publisher)
    this.#silent.delete(publisher)
  }

  /** Takes out those that were not heard since, and remembers them. */
  silentSince(since: number): readonly string[] {
    const silent: string[] = []
    for (const [publisher, { heardAt }] of this.#peers) {
      if (heardAt > since) continue
      silent.push(publisher)
      this.#peers.delete(publisher)
      if (this.#silent.size < MAX_PEERS) this.#silent.add(publisher)
    }
    return silent
  }

  /** Whether a process that had fallen silent is back. True once. */
  isBack(publisher: string): boolean {
    return this.#silent.delete(publisher)
  }

  /** Gives everyone a new term: it was this process that did not listen. */
  forgive(now: number): void {
    for (const peer of this.#peers.values()) peer.heardAt = now
  }

  /** Begins to take in a state. */
  begin(publisher: string, room: string, sessions: readonly number[]): void {
    this.#peers.get(publisher)?.unnamed.set(room, new Set(sessions))
  }

  /** A session is named by it. */
  named(publisher: string, room: string, session: number): void {
    this.#peers.get(publisher)?.unnamed.get(room)?.delete(session)
  }

  /** Ends it; returns whom it has not named. */
  end(publisher: string, room: string): readonly number[] {
    const unnamed = this.#peers.get(publisher)?.unnamed
    const sessions = [...(unnamed?.get(room) ?? [])]
    unnamed?.delete(room)
    return sessions
  }

  /** Nothing of a room matters any more. */
  forget(room: string): void {
    for (const { unnamed } of this.#peers.values()) unnamed.delete(room)
  }
}
