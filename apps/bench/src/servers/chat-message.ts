/** What a member of the chat sends. */
export interface Say {
  readonly type: 'say'
  readonly room: string
  readonly text: string
}

/** Reads what a member sent; undefined when it is not as it should be. */
export function readSay(value: unknown): Say | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { type, room, text } = value as Record<string, unknown>
  if (type !== 'say' || typeof room !== 'string' || typeof text !== 'string') return undefined
  return room.length <= 64 && text.length <= 2000 ? { type, room, text } : undefined
}

/** Writes what the others get. */
export function formatSaid({ room, text }: Say): string {
  return JSON.stringify({ type: 'said', room, text })
}

/** Parses and validates one message of the chat, and writes what the others get. */
export function relaySay(message: string): string | undefined {
  const say = readSay(JSON.parse(message))
  return say === undefined ? undefined : formatSaid(say)
}
