import { optionError } from './options.js'
import type { JsonValue } from './presence.js'

/** What a session was entered with: as text, which is what travels and is compared, and as the value that it says. */
export interface PresenceInfo {
  readonly text: string
  readonly value: JsonValue
}

const MAX_INFO_BYTES = 1_024

const encoder = new TextEncoder()

// So little text that no depth of it is too much.
function freeze(value: JsonValue): JsonValue {
  if (typeof value === 'object' && value !== null) Object.freeze(value)
  else return value
  for (const inner of Object.values(value)) freeze(inner)
  return value
}

/** Takes what JSON can say in few enough bytes; undefined for everything else. */
export function takeInfo(info: unknown): PresenceInfo | undefined {
  try {
    const text: string | undefined = JSON.stringify(info)
    if (text === undefined || encoder.encode(text).length > MAX_INFO_BYTES) return undefined
    return { text, value: freeze(JSON.parse(text)) }
  } catch {
    // A circle, a BigInt, a depth without an end, or a toJSON that throws.
    return undefined
  }
}

/** @throws {@link EchoSessionError} with `ES_ERR_OPTION`. */
export function readInfo(info: unknown): PresenceInfo {
  const taken = takeInfo(info)
  if (taken === undefined) throw optionError('info', info, `JSON of at most ${MAX_INFO_BYTES} bytes`)
  return taken
}
