import { type PresenceInfo, takeInfo } from './presence-info.js'

/** One session of the process that says so. */
export interface PresentSession {
  readonly session: number
  readonly info: PresenceInfo
}

/** What processes tell each other about presence. `set`, `gone`, `state` and an `ask` of all go out to a room. */
export type PresenceSignal =
  /** A session of mine is present, or has another info. */
  | ({ readonly kind: 'set' } & PresentSession)
  /** A session of mine is not present any more. */
  | { readonly kind: 'gone'; readonly session: number }
  /** A part of those of mine who are present: after the last part, nobody else is. */
  | {
      readonly kind: 'state'
      readonly first: boolean
      readonly last: boolean
      readonly members: readonly PresentSession[]
    }
  /** Who of yours is present? Of one process or all; in one room or, where one process is asked, in all. */
  | { readonly kind: 'ask'; readonly publisher?: string; readonly room?: string }
  /** I am alive. */
  | { readonly kind: 'alive' }
  /** I am going: nobody of mine is present any more. */
  | { readonly kind: 'bye' }

/** The largest part of a state that is sent: small enough for any engine. */
const PART_BYTES = 32_768
/** The largest signal that is looked at. */
const MAX_SIGNAL_BYTES = 65_536

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Row = readonly unknown[]

const rowOf = ({ session, info }: PresentSession): Row => [session, info.value]

function rowsOf(signal: PresenceSignal): Row {
  switch (signal.kind) {
    case 'set':
      return [signal.kind, ...rowOf(signal)]
    case 'gone':
      return [signal.kind, signal.session]
    case 'state':
      return [signal.kind, signal.first, signal.last, signal.members.map(rowOf)]
    case 'ask':
      return [signal.kind, signal.publisher ?? null, signal.room ?? null]
    default:
      return [signal.kind]
  }
}

/** Writes a signal. */
export function encodePresence(signal: PresenceSignal): Uint8Array {
  return encoder.encode(JSON.stringify(rowsOf(signal)))
}

/** Splits a state into as many signals as it needs; one, though it be empty. */
export function* partsOfState(members: readonly PresentSession[]): Generator<PresenceSignal> {
  let first = true
  let part: PresentSession[] = []
  let size = 0
  for (const member of members) {
    // No character of the text is more than three bytes.
    const more = 3 * member.info.text.length + 20
    if (size + more > PART_BYTES) {
      yield { kind: 'state', first, last: false, members: part }
      first = false
      part = []
      size = 0
    }
    part.push(member)
    size += more
  }
  yield { kind: 'state', first, last: true, members: part }
}

/** Reads a signal; undefined for everything that is none, whatever it is. */
export function decodePresence(payload: Uint8Array): PresenceSignal | undefined {
  if (payload.length > MAX_SIGNAL_BYTES) return undefined
  try {
    return read(JSON.parse(decoder.decode(payload)))
  } catch {
    // No UTF-8, or no JSON.
    return undefined
  }
}

function read(row: unknown): PresenceSignal | undefined {
  if (!Array.isArray(row)) return undefined
  const [kind, ...rest]: readonly unknown[] = row
  switch (kind) {
    case 'set': {
      const member = readMember(rest)
      return member && { kind, ...member }
    }
    case 'gone': {
      const [session] = rest
      return isSession(session) && rest.length === 1 ? { kind, session } : undefined
    }
    case 'state':
      return readState(rest)
    case 'ask':
      return readAsk(rest)
    case 'alive':
    case 'bye':
      return rest.length === 0 ? { kind } : undefined
    default:
      return undefined
  }
}

function isSession(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function readMember(row: unknown): PresentSession | undefined {
  if (!Array.isArray(row) || row.length !== 2) return undefined
  const [session, value]: readonly unknown[] = row
  const info = takeInfo(value)
  return isSession(session) && info !== undefined ? { session, info } : undefined
}

function readState([first, last, rows, ...rest]: Row): PresenceSignal | undefined {
  if (typeof first !== 'boolean' || typeof last !== 'boolean' || !Array.isArray(rows) || rest.length > 0) {
    return undefined
  }
  const members: PresentSession[] = []
  for (const row of rows) {
    const member = readMember(row)
    if (member === undefined) return undefined
    members.push(member)
  }
  return { kind: 'state', first, last, members }
}

function readAsk([publisher, room, ...rest]: Row): PresenceSignal | undefined {
  if (rest.length > 0) return undefined
  if (publisher === null) return room === null ? { kind: 'ask' } : undefined
  if (typeof publisher !== 'string') return undefined
  if (room === null) return { kind: 'ask', publisher }
  return typeof room === 'string' ? { kind: 'ask', publisher, room } : undefined
}
