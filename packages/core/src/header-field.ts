// RFC 9110 section 5.6.2.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// RFC 9110 section 5.5, with obs-text; a control character would let a value end the header.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Tells whether this is a token of HTTP: a header name, a subprotocol (RFC 9110 section 5.6.2). */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}

/** Tells whether this may stand as the value of an HTTP header (RFC 9110 section 5.5). */
export function isFieldValue(value: unknown): value is string {
  return typeof value === 'string' && FIELD_VALUE.test(value)
}

/** Splits a comma-separated header into its trimmed, non-empty parts. */
export function splitList(value: string | undefined): string[] {
  if (value === undefined) return []
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Tells whether a comma-separated header has this token, whatever its case (RFC 9110 section 5.6.1). */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  const lower = value.toLowerCase()
  return lower === token || splitList(lower).includes(token)
}
