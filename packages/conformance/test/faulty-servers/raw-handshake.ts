import { createHash } from 'node:crypto'
import type { Makes } from './fault.js'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const MAX_HEAD_BYTES = 64 * 1024

/** What the raw server answers to a request. */
export interface HandshakeAnswer {
  /** What to write; undefined to stay silent. */
  readonly text: string | undefined
  /** Whether it is an open connection from here. */
  readonly isOpen: boolean
  /** Whether the server stops serving anybody. */
  readonly breaks?: boolean
}

function refusal(status: string, ...fields: string[]): HandshakeAnswer {
  const lines = [`HTTP/1.1 ${status}`, ...fields, 'Connection: close', 'Content-Length: 0', '', '']
  return { text: lines.join('\r\n'), isOpen: false }
}

function readFields(lines: readonly string[]): Map<string, string[]> | undefined {
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line)
    if (match === null) return undefined
    const [, name = '', value = ''] = match
    fields.set(name.toLowerCase(), [...(fields.get(name.toLowerCase()) ?? []), value.trim()])
  }
  return fields
}

function faultOf(
  fields: Map<string, string[]>,
  version: string,
  target: string,
): HandshakeAnswer | undefined {
  const [host, ...hosts] = fields.get('host') ?? []
  if (version !== 'HTTP/1.1') return refusal('505 HTTP Version Not Supported')
  if (host === undefined || hosts.length > 0 || !/^[\w.-]+(:\d+)?$/.test(host))
    return refusal('400 Bad Request')
  if (!/^\/[\x21-\x7e]*$/.test(target)) return refusal('400 Bad Request')
  if (fields.has('transfer-encoding')) return refusal('400 Bad Request')
  if ((fields.get('content-length')?.[0] ?? '0') !== '0') return refusal('400 Bad Request')
  return undefined
}

/** Answers a request as strictly as the standard allows, but for the mistakes. */
export function answerHandshake(head: string, makes: Makes): HandshakeAnswer {
  const answer = answerStrictly(head, makes)
  if (!answer.isOpen && makes('stays silent on a bad request')) return { ...answer, text: undefined }
  return answer
}

function answerStrictly(head: string, makes: Makes): HandshakeAnswer {
  if (head.length > MAX_HEAD_BYTES) {
    const breaks = makes('does not serve anybody after a large field')
    return { ...refusal('431 Request Header Fields Too Large'), breaks }
  }
  const [requestLine = '', ...lines] = head.split('\r\n')
  const [method = '', target = '', version = ''] = requestLine.split(' ')
  const fields = readFields(lines)
  if (fields === undefined) return refusal('400 Bad Request')
  if (!target.startsWith('/') && makes('answers a strange target with 500'))
    return refusal('500 Internal Server Error')
  const fault = faultOf(fields, version, target)
  if (fault !== undefined) return fault
  if (method !== 'GET' && !makes('accepts any method')) return refusal('405 Method Not Allowed', 'Allow: GET')
  const has = (name: string, token: string) =>
    (fields.get(name) ?? []).some((value) =>
      value.split(',').some((part) => part.trim().toLowerCase() === token),
    )
  const isAsked = has('upgrade', 'websocket') && has('connection', 'upgrade')
  if (!isAsked && !makes('upgrades without being asked to'))
    return refusal('426 Upgrade Required', 'Upgrade: websocket')
  if (fields.get('sec-websocket-version')?.join() !== '13' && !makes('speaks any version')) {
    if (makes('does not name its versions')) return refusal('400 Bad Request')
    return refusal('426 Upgrade Required', 'Sec-WebSocket-Version: 13')
  }
  const key = fields.get('sec-websocket-key')?.join() ?? ''
  const isKey = /^[A-Za-z0-9+/]{22}==$/.test(key)
  if (!isKey && !makes('accepts bad keys')) return refusal('400 Bad Request')
  return { text: accept(key, makes), isOpen: true }
}

function accept(key: string, makes: Makes): string {
  const salt = makes('computes a wrong accept value') ? 'salt' : GUID
  const fields = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1')
      .update(key + salt)
      .digest('base64')}`,
  ]
  if (makes('chooses a subprotocol that was not offered')) fields.push('Sec-WebSocket-Protocol: chat')
  if (makes('agrees to an extension that was not offered'))
    fields.push('Sec-WebSocket-Extensions: permessage-deflate')
  return [...fields, '', ''].join('\r\n')
}
