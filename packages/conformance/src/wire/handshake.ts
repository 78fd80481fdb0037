import { createHash } from 'node:crypto'

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A header field as it goes over the wire. */
export type HeaderField = readonly [name: string, value: string]

/** The answer to a handshake. */
export interface HttpResponse {
  readonly httpVersion: string
  readonly status: number
  readonly statusText: string
  readonly fields: readonly HeaderField[]
  /** What came behind the header. */
  readonly rest: Buffer
}

/** Where a target is reached. */
export interface WireTarget {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
  /** The request target: path and query. */
  readonly path: string
}

/**
 * Reads the URL of a target.
 *
 * @throws Error when it is not a `ws:` or `wss:` URL
 */
export function parseTarget(url: string): WireTarget {
  if (!URL.canParse(url)) throw new Error(`"${url}" is not a URL; give one like ws://127.0.0.1:9001/ws`)
  const parsed = new URL(url)
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new Error(`"${url}" does not begin with ws:// or wss://; give a URL like ws://127.0.0.1:9001/ws`)
  }
  const isSecure = parsed.protocol === 'wss:'
  return {
    url,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? (isSecure ? 443 : 80) : Number(parsed.port),
    isSecure,
    path: `${parsed.pathname}${parsed.search}`,
  }
}

/** Computes `Sec-WebSocket-Accept` (RFC 6455 section 4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64')
}

/** The authority as it stands in a `Host` field. */
export function hostField(target: WireTarget): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  return `${host}:${target.port}`
}

/** Writes a request; nothing in it is checked. */
export function formatRequest(requestLine: string, fields: readonly HeaderField[]): string {
  return `${[requestLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`
}

/** The fields of a valid handshake (RFC 6455 section 4.1). */
export function handshakeFields(target: WireTarget, key: string, extensions?: string): HeaderField[] {
  const fields: HeaderField[] = [
    ['Host', hostField(target)],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
  ]
  if (extensions !== undefined) fields.push(['Sec-WebSocket-Extensions', extensions])
  return fields
}

/** Splits the header of an HTTP message; undefined until it is complete. */
export function parseHead(
  bytes: Buffer,
): { startLine: string; fields: HeaderField[]; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [startLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const fields = lines.map((line): HeaderField => {
    const at = line.indexOf(':')
    return at < 0 ? [line.toLowerCase(), ''] : [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
  })
  return { startLine, fields, rest: bytes.subarray(end + 4) }
}

/** Reads a response; undefined until its header is complete. */
export function parseResponse(bytes: Buffer): HttpResponse | undefined {
  const head = parseHead(bytes)
  if (head === undefined) return undefined
  const [httpVersion = '', status = '', ...text] = head.startLine.split(' ')
  return {
    httpVersion,
    status: /^\d{3}$/.test(status) ? Number(status) : 0,
    statusText: text.join(' '),
    fields: head.fields,
    rest: head.rest,
  }
}

/** Returns all values of a field, joined with a comma, or undefined when it is absent. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | undefined {
  const values = fields.filter(([key]) => key === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/** Tells whether a comma-separated field has a token, whatever its case. */
export function hasToken(value: string | undefined, token: string): boolean {
  return (value ?? '').split(',').some((part) => part.trim().toLowerCase() === token)
}

/** Says what is wrong with the answer to a handshake (RFC 6455 section 4.1), or undefined when nothing is. */
export function faultOfResponse(response: HttpResponse, key: string): string | undefined {
  const { fields } = response
  const only = (name: string): string | undefined => {
    const values = fields.filter(([field]) => field === name)
    return values.length > 1 ? undefined : values[0]?.[1]
  }
  if (response.httpVersion !== 'HTTP/1.1') return `the answer is ${response.httpVersion}, not HTTP/1.1`
  if (response.status !== 101) return `the answer is ${response.status} ${response.statusText}, not 101`
  const upgrade = fieldValue(fields, 'upgrade')
  if (upgrade?.toLowerCase() !== 'websocket') return `Upgrade is ${upgrade ?? 'missing'}, not websocket`
  if (!hasToken(fieldValue(fields, 'connection'), 'upgrade')) return 'Connection does not say Upgrade'
  if (only('sec-websocket-accept') !== acceptFor(key))
    return 'Sec-WebSocket-Accept does not belong to the key'
  return undefined
}
