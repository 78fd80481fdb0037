import type { EchoSessionError } from './errors.js'
import type { LogEntry, LogPosition } from './log-store.js'
import type { Message, MessageType } from './message.js'
import type { SharedMessage } from './shared-message.js'

const TEXT = 1
const BINARY = 2
const MAX_EPOCH_LENGTH = 128
/** How many bytes are turned into characters at once. */
const CHUNK = 8_192

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What a client asks for. */
export type LogRequest =
  | { readonly type: 'join'; readonly room: string; readonly since: LogPosition | undefined }
  | { readonly type: 'leave'; readonly room: string }

/** Writes an entry's payload: the message's type, then its bytes. */
export function packEntry(message: SharedMessage): Uint8Array {
  const { bytes, type } = message
  const payload = new Uint8Array(1 + bytes.length)
  payload[0] = type === 'text' ? TEXT : BINARY
  payload.set(bytes, 1)
  return payload
}

/** Reads an entry's payload; undefined for one that is none. */
export function unpackEntry(
  payload: Uint8Array,
): { readonly type: MessageType; readonly bytes: Uint8Array } | undefined {
  const [mark] = payload
  if (mark !== TEXT && mark !== BINARY) return undefined
  return { type: mark === TEXT ? 'text' : 'binary', bytes: payload.subarray(1) }
}

function toBase64(bytes: Uint8Array): string {
  let characters = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    characters += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(characters)
}

/** What a client is told of an entry; undefined for one that somebody else has put there. */
export function entryFrame(room: string, { offset, payload }: LogEntry): string | undefined {
  const entry = unpackEntry(payload)
  if (entry === undefined) return undefined
  const { type, bytes } = entry
  const content = type === 'text' ? { data: decoder.decode(bytes) } : { base64: toBase64(bytes) }
  return JSON.stringify({ type: 'entry', room, offset, ...content })
}

/** What a client is told that has joined. */
export function joinedFrame(room: string, recovered: boolean, { epoch, offset }: LogPosition): string {
  return JSON.stringify({ type: 'joined', room, recovered, epoch, offset })
}

/** What a client is told when entries between the last that it got and this position cannot be had. */
export function resetFrame(room: string, { epoch, offset }: LogPosition): string {
  return JSON.stringify({ type: 'reset', room, epoch, offset })
}

/** What a client is told that has left. */
export function leftFrame(room: string): string {
  return JSON.stringify({ type: 'left', room })
}

/** What a client is told whose request was not carried out. */
export function errorFrame(
  room: string | undefined,
  code: EchoSessionError['code'],
  message: string,
): string {
  return JSON.stringify({ type: 'error', ...(room === undefined ? {} : { room }), code, message })
}

/**
 * Reads what a client has sent.
 * @returns the request; what is wrong with it, as a sentence; undefined when it is no request to the log at all.
 */
export function readRequest(message: Message): LogRequest | string | undefined {
  if (message.type !== 'text') return undefined
  const request = parse(message)
  if (request === undefined) return undefined
  const { type, room } = request
  if (type !== 'join' && type !== 'leave') return undefined
  if (typeof room !== 'string') return 'room is missing; it has to be the name of a room.'
  if (type === 'leave') return { type, room }
  const since = readPosition(request.since)
  if (typeof since === 'string') return since
  return { type, room, since }
}

function readPosition(since: unknown): LogPosition | undefined | string {
  if (since === undefined || since === null) return undefined
  const { epoch, offset } = (typeof since === 'object' ? since : {}) as Record<string, unknown>
  const isEpoch = typeof epoch === 'string' && epoch.length <= MAX_EPOCH_LENGTH
  if (isEpoch && typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) {
    return { epoch, offset }
  }
  return 'since is not a position; it has to be {"epoch": text, "offset": whole number from 0}, as an entry or joined gave it.'
}

// Own properties only: a name such as `__proto__` is a name.
function parse(message: Message): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = message.json()
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return Object.assign(Object.create(null), value) as Record<string, unknown>
  } catch {
    return undefined
  }
}
