import type { SessionRequest } from './session-request.js'
import { ignore, isThenable } from './thenable.js'

/** Decides whether an origin may connect. Called only with an origin in its canonical form. */
export type OriginPredicate = (origin: string, request: SessionRequest) => boolean

/**
 * Which origins may connect: `'same-origin'`, `'*'` for every one, a list of origins (in which `'same-origin'` may
 * stand too), or a predicate.
 */
export type AllowedOrigins = 'same-origin' | '*' | readonly string[] | OriginPredicate

// A host as it may stand in a Host header: no user info, no path, nothing that a URL parser would reinterpret.
const HOST = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** Nearly every request of a server names the same host, and parsing it is the dearest part of its check. */
let lastHost: string | undefined

/** Tells whether this is a well-formed value of the Host header (RFC 9110 section 7.2). */
export function isHost(value: string | undefined): value is string {
  if (value === undefined) return false
  if (value === lastHost) return true
  if (!HOST.test(value) || !URL.canParse(`http://${value}`)) return false
  lastHost = value
  return true
}

/** Tells whether this is an origin as a browser writes it: scheme, host and port, lower case, nothing more. */
export function isCanonicalOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  return isHost(url.host) && `${url.protocol}//${url.host}` === origin
}

/** The last origin asked for: nearly every request of a server comes from a page of the same. */
let lastOwn = { encrypted: false, host: '', origin: '' }

/** The origin that a page has to have so that its request counts as same-origin, in its canonical form. */
function ownOrigin({ encrypted, host }: SessionRequest): string | undefined {
  if (!isHost(host)) return undefined
  if (host !== lastOwn.host || encrypted !== lastOwn.encrypted) {
    lastOwn = { encrypted, host, origin: new URL(`${encrypted ? 'https' : 'http'}://${host}`).origin }
  }
  return lastOwn.origin
}

/**
 * Decides on the Origin header (RFC 6455 section 10.2). A request without one comes from no browser.
 * @param values each Origin header of the request.
 */
export function isOriginAllowed(
  values: readonly string[],
  request: SessionRequest,
  allowed: AllowedOrigins,
  requireOrigin: boolean,
): boolean {
  const [origin] = values
  if (origin === undefined) return !requireOrigin
  if (values.length > 1) return false
  if (allowed === '*') return true
  if (typeof allowed === 'function') {
    if (!isCanonicalOrigin(origin)) return false
    const verdict: unknown = allowed(origin, request)
    // A predicate that answers later has not said yes.
    if (isThenable(verdict)) void ignore(verdict)
    return verdict === true
  }
  // What it is compared with is canonical, so what is equal to it is so, too.
  if (allowed === 'same-origin') return origin === ownOrigin(request)
  if (origin === 'same-origin') return false
  return allowed.includes(origin) || (allowed.includes('same-origin') && origin === ownOrigin(request))
}
