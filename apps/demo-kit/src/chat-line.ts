/** What a client may say, one JSON object in each text message. */
export type ChatLine =
  | { readonly type: 'hello'; readonly name: string }
  | { readonly type: 'message'; readonly text: string }

/** Why what a client has said was not taken, in one sentence for the client. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
}

/** The longest message that is looked at: no line with all that it may hold is longer. */
const MAX_LINE_BYTES = 16_384
const MAX_TEXT_LENGTH = 2_000
// No control and format characters, which could turn around the line that they stand in, and no half of a pair.
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,32}$/u
const LONE_SURROGATE = /\p{Surrogate}/u

const EXAMPLES =
  'say {"type":"hello","name":"…"} once, unless ?name= of the address did, and then {"type":"message","text":"…"}'

/**
 * Reads a name.
 * @throws {@link ChatError}.
 */
export function readName(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : ''
  if (NAME.test(name)) return name
  throw new ChatError('A name is 1 to 32 letters, digits, spaces, signs and marks.')
}

/**
 * Reads the name of a room.
 * @throws {@link ChatError}.
 */
export function readRoom(value: string | undefined): string {
  if (value !== undefined && NAME.test(value)) return value
  throw new ChatError('A room is named by 1 to 32 letters, digits, spaces, signs and marks.')
}

function readText(value: unknown): string {
  if (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= MAX_TEXT_LENGTH &&
    !LONE_SURROGATE.test(value)
  ) {
    return value
  }
  throw new ChatError(`The text of a message is 1 to ${MAX_TEXT_LENGTH} characters, and not only spaces.`)
}

// Nothing but the keys that were asked for, each of the object's own.
function readFields(line: object, names: readonly string[]): readonly unknown[] {
  const unknown = Object.keys(line).find((key) => key !== 'type' && !names.includes(key))
  if (unknown !== undefined) throw new ChatError(`A line has a type and ${names.join(', ')}, nothing else.`)
  return names.map((name) => (Object.hasOwn(line, name) ? Reflect.get(line, name) : undefined))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ChatError(`That is no JSON; ${EXAMPLES}.`)
  }
}

/**
 * Reads one message of a client, whatever it is.
 * @throws {@link ChatError}, and nothing else.
 */
export function readChatLine(message: {
  readonly type: string
  readonly bytes: Uint8Array
  text(): string
}): ChatLine {
  if (message.type !== 'text') throw new ChatError(`That is no text; ${EXAMPLES}.`)
  if (message.bytes.length > MAX_LINE_BYTES) {
    throw new ChatError(`A line has at most ${MAX_LINE_BYTES} bytes.`)
  }
  const line = parse(message.text())
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    throw new ChatError(`That is no JSON object; ${EXAMPLES}.`)
  }
  const type = Object.hasOwn(line, 'type') ? Reflect.get(line, 'type') : undefined
  switch (type) {
    case 'hello':
      return { type, name: readName(readFields(line, ['name'])[0]) }
    case 'message':
      return { type, text: readText(readFields(line, ['text'])[0]) }
    default:
      throw new ChatError(`There is no such type of line; ${EXAMPLES}.`)
  }
}
