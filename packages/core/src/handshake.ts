import { hasToken, isToken } from './header-field.js'
import { isHost } from './origin.js'
import { type Refusal, refuse } from './refusal.js'
import { headerOf, type RequestSource } from './session-request.js'

// 16 bytes in base64 (RFC 6455 section 4.1).
const KEY = /^[+/0-9A-Za-z]{22}==$/
// RFC 9112 section 3.2.1: a path and a query of visible ASCII.
const ORIGIN_FORM = /^\/[\x21-\x22\x24-\x7e]*$/

/** The one version of the protocol (RFC 6455 section 4.1). */
const VERSION = '13'

/** Tells whether a request target is an absolute path whose percent signs all mean something. */
export function isTarget(target: string): boolean {
  return (
    ORIGIN_FORM.test(target) &&
    !target.startsWith('//') &&
    (!target.includes('%') || !/%(?![0-9a-fA-F]{2})/.test(target.split('?', 1)[0] ?? ''))
  )
}

/** Tells whether the request asks for a WebSocket at all, well-formed or not. */
export function isWebSocketUpgrade(source: RequestSource): boolean {
  return asksForWebSocket(headerOf(source, 'upgrade'))
}

function asksForWebSocket(upgrade: string | undefined): boolean {
  return upgrade === 'websocket' || hasToken(upgrade, 'websocket')
}

/**
 * Checks what no route has to be known for: that this is a request a WebSocket could be opened with.
 * @returns the refusal, or undefined when there is nothing wrong.
 */
export function checkRequest(source: RequestSource): Refusal | undefined {
  if (!isTarget(source.target)) return refuse('ES_ERR_TARGET')
  const hosts = source.headerValues('host')
  if (hosts.length !== 1 || !isHost(hosts[0])) return refuse('ES_ERR_HANDSHAKE')
  const upgrade = headerOf(source, 'upgrade')
  if (upgrade === undefined) return refuse('ES_ERR_HANDSHAKE')
  if (asksForWebSocket(upgrade)) {
    if (source.httpVersion === '1.0' || source.httpVersion === '0.9') return refuse('ES_ERR_HANDSHAKE')
    if (source.method !== 'GET') return refuse('ES_ERR_METHOD', { Allow: 'GET' })
    // A body would be read as frames (RFC 9110 section 7.8: the old protocol is over after the request's end).
    const length = headerOf(source, 'content-length')
    if ((length !== undefined && length !== '0') || headerOf(source, 'transfer-encoding') !== undefined) {
      return refuse('ES_ERR_HANDSHAKE')
    }
  }
  return undefined
}

// A list of tokens, none twice (RFC 6455 section 4.1); given up at the first that is none.
function isOffer(value: string): boolean {
  const names = new Set<string>()
  for (let start = 0; start <= value.length; ) {
    const comma = value.indexOf(',', start)
    const end = comma < 0 ? value.length : comma
    const name = value.slice(start, end).trim()
    if (!isToken(name) || names.has(name)) return false
    names.add(name)
    start = end + 1
  }
  return true
}

/**
 * Checks the opening handshake (RFC 6455 section 4.2.1).
 * @param isChecked whether `checkRequest` has found nothing wrong with it.
 * @returns the refusal, or undefined when it is valid.
 */
export function checkHandshake(source: RequestSource, isChecked = false): Refusal | undefined {
  if (!isWebSocketUpgrade(source)) {
    return refuse('ES_ERR_UPGRADE_REQUIRED', { Upgrade: 'websocket', Connection: 'close, Upgrade' })
  }
  const early = isChecked ? undefined : checkRequest(source)
  if (early !== undefined) return early
  if (!hasToken(headerOf(source, 'connection'), 'upgrade')) return refuse('ES_ERR_HANDSHAKE')
  const versions = source.headerValues('sec-websocket-version')
  if (versions.length !== 1 || versions[0] !== VERSION) {
    return refuse('ES_ERR_VERSION', { 'Sec-WebSocket-Version': VERSION })
  }
  const keys = source.headerValues('sec-websocket-key')
  if (keys.length !== 1 || !KEY.test(keys[0] ?? '')) return refuse('ES_ERR_HANDSHAKE')
  const offered = headerOf(source, 'sec-websocket-protocol')
  if (offered !== undefined && !isOffer(offered)) return refuse('ES_ERR_HANDSHAKE')
  return undefined
}
