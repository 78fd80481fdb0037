/** How a message travels. */
export type PayloadType = 'text' | 'binary'

/** A message as it went out or came back. */
export type Payload = string | Uint8Array<ArrayBuffer>

const SHOWN_BYTES = 24
const SHOWN_CHARACTERS = 160

/** Makes the message that is sent for what was typed. */
export function makePayload(text: string, type: PayloadType): Payload {
  return type === 'text' ? text : new TextEncoder().encode(text)
}

/** Whether two messages are the same, in type and in every byte. */
export function isSamePayload(one: Payload, other: Payload): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

/** Writes a message for people: text as it is, bytes as pairs of hexadecimal digits. */
export function showPayload(payload: Payload): string {
  if (typeof payload === 'string') {
    if (payload === '') return '(empty text)'
    return payload.length > SHOWN_CHARACTERS ? `${payload.slice(0, SHOWN_CHARACTERS)}…` : payload
  }
  if (payload.length === 0) return '(no bytes)'
  const digits = [...payload.subarray(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, '0'))
  return `${digits.join(' ')}${payload.length > SHOWN_BYTES ? ' …' : ''}`
}

/** Says what kind of message it is, and how long. */
export function measurePayload(payload: Payload): string {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload).length : payload.length
  const unit = bytes === 1 ? 'byte' : 'bytes'
  return typeof payload === 'string' ? `text, ${bytes} ${unit}` : `${bytes} ${unit}`
}

/** Writes a duration for people. */
export function showMilliseconds(ms: number): string {
  return `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`
}
