import { type Clock, systemClock } from '../clock.js'
import type { LogEntry, LogStore } from '../log-store.js'
import { createMemoryRelayHub } from './memory-relay.js'

/** An engine of logs inside this process: the reference that others are held against, and what a test uses. */
export interface MemoryLog {
  /** Makes the store of one process, or of what plays one. */
  store(): LogStore
  /** Loses everything, as an engine does that is emptied: every room begins a new epoch. */
  flush(): void
  /** Cuts everyone off. */
  down(error?: Error): void
  /** Lets everyone in again. */
  up(): void
}

interface Kept extends LogEntry {
  readonly at: number
}

interface Room {
  readonly epoch: string
  last: number
  kept: Kept[]
}

/**
 * Makes an engine of logs for tests.
 * @param clock by which entries age; the process's monotonic clock by default.
 */
export function createMemoryLog(clock: Clock = systemClock): MemoryLog {
  const hub = createMemoryRelayHub()
  const rooms = new Map<string, Room>()
  let epochs = 0
  let cut: Error | undefined

  const roomOf = (name: string): Room => {
    let room = rooms.get(name)
    if (room === undefined) {
      room = { epoch: `memory-${++epochs}`, last: 0, kept: [] }
      rooms.set(name, room)
    }
    return room
  }
  const trim = (room: Room, maxMessages: number, maxAgeMs: number): void => {
    const oldest = clock.now() - maxAgeMs
    room.kept = room.kept.slice(-maxMessages).filter(({ at }) => at > oldest)
  }
  const reach = async (): Promise<void> => {
    await Promise.resolve()
    if (cut !== undefined) throw cut
  }

  return {
    down(error = new Error('the memory log is down')) {
      cut = error
      hub.down(error)
    },
    up() {
      cut = undefined
      hub.up()
    },
    flush: () => rooms.clear(),
    store: () => ({
      relay: hub.relay(),
      async close() {},
      async append(name, payload, { maxMessages, maxAgeMs }) {
        await reach()
        const room = roomOf(name)
        room.last++
        room.kept.push({ offset: room.last, payload: payload.slice(), at: clock.now() })
        trim(room, maxMessages, maxAgeMs)
        return { epoch: room.epoch, offset: room.last }
      },
      async read(name, after, maxEntries, { maxMessages, maxAgeMs }) {
        await reach()
        const room = roomOf(name)
        trim(room, maxMessages, maxAgeMs)
        const position = { epoch: room.epoch, offset: room.last }
        if (after === undefined) return { position, complete: true, entries: [] }
        const first = room.kept[0]?.offset ?? room.last + 1
        const { epoch, offset } = after
        const complete = epoch === room.epoch && offset >= first - 1 && offset <= room.last
        const behind = complete ? room.kept.filter((entry) => entry.offset > offset) : []
        return { position, complete, entries: behind.slice(0, maxEntries) }
      },
    }),
  }
}
