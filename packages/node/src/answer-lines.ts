import { hash } from 'node:crypto'
import { STATUS_CODES } from 'node:http'

// What the 101 says by itself, and what describes a body that it does not have.
const NOT_ON_101 =
  /^(?:connection|content-length|content-type|date|keep-alive|transfer-encoding|upgrade|sec-websocket-[a-z]+)\s*:/i
const FRAMING = /^(?:content-length|transfer-encoding)\s*:/i
const CONTENT_TYPE = /^content-type\s*:/i
const DATE = /^date\s*:/i
// What describes this connection is for this side to say, not for a host that believes it is answering over HTTP.
const HOP_BY_HOP = /^(?:connection|keep-alive)\s*:/i
const UPGRADE = /^upgrade\s*:/i

/** Header fields as a host has them, by their names. */
export type HeaderFields = Iterable<
  readonly [name: string, value: string | number | readonly string[] | undefined]
>

/** Writes header fields as lines; a field of several values has a line for each. */
export function formatFields(fields: HeaderFields): string[] {
  const lines: string[] = []
  for (const [name, value] of fields) {
    if (Array.isArray(value)) for (const one of value) lines.push(`${name}: ${one}`)
    else if (value !== undefined) lines.push(`${name}: ${value}`)
  }
  return lines
}

/** The header lines of a host's answer that go out on the 101 (RFC 6455 section 4.2.2). */
export function linesFor101(lines: readonly string[]): string[] {
  return lines.filter((line) => !NOT_ON_101.test(line))
}

/** Makes header lines say that the connection ends here; one that names a protocol to upgrade to says that too. */
export function closingLines(lines: readonly string[]): string[] {
  const upgrade = lines.some((line) => UPGRADE.test(line)) ? ', Upgrade' : ''
  return [...lines.filter((line) => !HOP_BY_HOP.test(line)), `Connection: close${upgrade}`]
}

/** Writes a whole HTTP answer, after which the connection ends. */
export function formatAnswer(status: number, lines: readonly string[], body: Uint8Array): Buffer {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    // RFC 9110 section 6.6.1.
    ...(lines.some((line) => DATE.test(line)) ? [] : [`Date: ${new Date().toUTCString()}`]),
    ...(lines.some((line) => CONTENT_TYPE.test(line)) ? [] : ['Content-Type: text/plain; charset=utf-8']),
    `Content-Length: ${body.length}`,
    ...closingLines(lines.filter((line) => !FRAMING.test(line))),
  ].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body])
}

// RFC 6455 section 1.3.
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Writes the 101 (RFC 6455 section 4.2.2). */
export function formatSwitching(
  key: string,
  protocol: string,
  extensions: string,
  lines: readonly string[],
): string {
  const accept = hash('sha1', key + GUID, 'base64')
  let head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`
  if (protocol !== '') head += `Sec-WebSocket-Protocol: ${protocol}\r\n`
  if (extensions !== '') head += `Sec-WebSocket-Extensions: ${extensions}\r\n`
  for (const line of lines) head += `${line}\r\n`
  return `${head}\r\n`
}
