import { argumentError, describe } from './errors.js'

/** How a session ended. */
export interface CloseEvent {
  /** The close code: the first that either side gave, 1005 when the peer gave none, 1006 when the connection was lost. */
  readonly code: number
  /** The reason that came or went with it; empty when there was none. */
  readonly reason: string
  /** Whether both sides finished the closing handshake (RFC 6455 section 7.1.4). */
  readonly clean: boolean
}

/**
 * Puts together how a session ended.
 * @param ending how it began to end, where this side knows.
 * @param code what the transport says: 1006 when there was no close frame.
 */
export function closeEvent(ending: CloseEvent | undefined, code: number, reason: string): CloseEvent {
  const clean = code !== 1006 && ending?.code !== 1006
  return { code: ending?.code ?? code, reason: ending?.reason ?? reason, clean }
}

/** The most bytes that a close reason may have (RFC 6455 section 5.5: 125 for the frame, 2 for the code). */
export const MAX_REASON_BYTES = 123

/** Tells whether an endpoint may put this code into a close frame (RFC 6455 section 7.4, IANA registry). */
export function isSendableCloseCode(code: unknown): code is number {
  return (
    typeof code === 'number' &&
    Number.isInteger(code) &&
    ((code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
      (code >= 3000 && code <= 4999))
  )
}

// A half of a surrogate pair goes out as U+FFFD, which takes as many bytes as any other character of its range.
function utf8Bytes(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}

/** Cuts a reason at 123 bytes of UTF-8, never inside a character. */
export function cutReason(reason: string): string {
  if (reason.length * 3 <= MAX_REASON_BYTES) return reason
  // Counted here: TextEncoder.encodeInto leaves room unused behind some characters on some runtimes.
  let end = 0
  let bytes = 0
  for (const character of reason) {
    bytes += utf8Bytes(character.codePointAt(0) as number)
    if (bytes > MAX_REASON_BYTES) return reason.slice(0, end)
    end += character.length
  }
  return reason
}

/**
 * Checks what a user passed to `close`.
 * @throws TypeError with `ES_ERR_CLOSE_ARGUMENT`.
 */
export function checkCloseArguments(code: unknown, reason: unknown): void {
  if (!isSendableCloseCode(code)) {
    throw argumentError(
      'ES_ERR_CLOSE_ARGUMENT',
      `close takes a code that may be sent (1000-1003, 1007-1014 or 3000-4999); it was given ${describe(code)}.`,
    )
  }
  if (typeof reason !== 'string') {
    throw argumentError(
      'ES_ERR_CLOSE_ARGUMENT',
      `close takes a reason that is a string; it was given ${describe(reason)}.`,
    )
  }
}
