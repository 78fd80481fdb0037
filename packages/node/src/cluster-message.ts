/** A payload on its channel. It travels as it is where IPC keeps bytes (`serialization: 'advanced'`), else in base64. */
export type ClusterEntry = readonly [channel: string, payload: string | Uint8Array]

/**
 * What workers and their primary say to each other over IPC:
 *
 * - `hello` with the prefix and all channels, answered by `welcome` with the same id;
 * - `subscribe` and `unsubscribe` with a channel, `publish` with entries, each answered by `done` with the same id;
 * - `payloads` from others; `lost` when there were more than the worker has read;
 * - `bye` from who leaves, and from a primary to whom the link is unknown.
 */
export interface ClusterMessage {
  readonly kind: (typeof KINDS)[number]
  /** Which relay of the worker it is from or for. */
  readonly link: string
  readonly id?: number
  readonly names?: readonly string[]
  readonly entries?: readonly ClusterEntry[]
}

const KINDS = [
  'hello',
  'welcome',
  'subscribe',
  'unsubscribe',
  'publish',
  'done',
  'payloads',
  'lost',
  'bye',
] as const

/** What tells the relay's messages from whatever else an application, or its process manager, sends. */
const MARK = 'echosessionRelay'
const VERSION = 1

/** Writes a message. The probe shows the reader whether bytes stay bytes. */
export function writeClusterMessage(message: ClusterMessage): object {
  return { [MARK]: VERSION, probe: Uint8Array.of(VERSION), ...message }
}

/** Reads a message; undefined for everything that is none, whatever it is. */
export function readClusterMessage(
  value: unknown,
): (Required<ClusterMessage> & { readonly keepsBytes: boolean }) | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields: Record<string, unknown> = { ...value }
  const { link, id = 0, names = [], entries = [], probe } = fields
  const kind = KINDS.find((known) => known === fields.kind)
  if (fields[MARK] !== VERSION || kind === undefined) return undefined
  if (typeof link !== 'string' || typeof id !== 'number') return undefined
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined
  if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined
  return { kind, link, id, names, entries, keepsBytes: probe instanceof Uint8Array }
}

function isEntry(value: unknown): value is ClusterEntry {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [channel, payload] = value
  return typeof channel === 'string' && (typeof payload === 'string' || payload instanceof Uint8Array)
}

/** Makes an entry for a channel that keeps bytes, or does not. */
export function writeEntry(channel: string, payload: Uint8Array, keepsBytes: boolean): ClusterEntry {
  if (keepsBytes) return [channel, payload]
  const { buffer, byteOffset, byteLength } = payload
  return [channel, Buffer.from(buffer, byteOffset, byteLength).toString('base64')]
}

/** The payload of an entry, whatever it is. */
export function readPayload([, payload]: ClusterEntry): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload, 'base64') : payload
}
