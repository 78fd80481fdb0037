import { splitList } from './header-field.js'
import { canonicalAddress, forwardedAddress } from './remote-address.js'

/** What a transport knows of the upgrade request. The contract's {@link SessionRequest} is made from it. */
export interface RequestSource {
  /** The request method, `GET` for every valid upgrade. */
  readonly method: string
  /** The request target as it stood in the request line, before any router cut it. */
  readonly target: string
  /** The HTTP version, such as `1.1`. */
  readonly httpVersion: string
  /** Headers by lower-case name; several of one name joined with a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The path parameters that the host's router found. */
  readonly params?: Readonly<Record<string, string | undefined>>
  /** The address of the socket's other end. */
  readonly remoteAddress: string
  /** Whether the socket itself is encrypted. */
  readonly encrypted: boolean
  /** Each value of a header on its own: tells a header that stands twice from one with a comma in it. */
  headerValues(name: string): readonly string[]
}

/** A header as one value: several of one name joined with a comma. Costs nothing that the request has not worked out. */
export function headerOf(source: RequestSource, name: string): string | undefined {
  const values = source.headerValues(name)
  return values.length < 2 ? values[0] : values.join(', ')
}

const NO_PARAMS: Readonly<Record<string, string | undefined>> = Object.freeze({})

function parseCookies(header: string | undefined): Readonly<Record<string, string | undefined>> {
  const cookies: Record<string, string> = Object.create(null)
  if (header === undefined) return cookies
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals < 0) continue
    const name = pair.slice(0, equals).trim()
    if (name === '' || name in cookies) continue
    let value = pair.slice(equals + 1).trim()
    if (value.length >= 2 && value.startsWith('"') && value.endsWith('"')) value = value.slice(1, -1)
    try {
      cookies[name] = value.includes('%') ? decodeURIComponent(value) : value
    } catch {
      // Not percent-encoded after all: the value stands as it came.
      cookies[name] = value
    }
  }
  return cookies
}

/** The upgrade request, the same on every host. Everything that costs something is worked out when first read. */
export class SessionRequest {
  readonly #source: RequestSource
  readonly #trustedProxyHops: number
  #query: URLSearchParams | undefined
  #cookies: Readonly<Record<string, string | undefined>> | undefined

  constructor(source: RequestSource, trustedProxyHops: number) {
    this.#source = source
    this.#trustedProxyHops = trustedProxyHops
  }

  /** The request method. */
  get method(): string {
    return this.#source.method
  }

  /** The request target as it was asked for: path and query. */
  get target(): string {
    return this.#source.target
  }

  /** The path of the target, still percent-encoded, without the query. */
  get path(): string {
    const { target } = this.#source
    const end = target.indexOf('?')
    return end < 0 ? target : target.slice(0, end)
  }

  /** The query of the target. A token here ends up in access logs: prefer a cookie or `Authorization`. */
  get query(): URLSearchParams {
    const { target } = this.#source
    const start = target.indexOf('?')
    this.#query ??= new URLSearchParams(start < 0 ? '' : target.slice(start + 1))
    return this.#query
  }

  /** Headers by lower-case name. */
  get headers(): Readonly<Record<string, string | undefined>> {
    return this.#source.headers
  }

  /** The path parameters that the host's router found, such as `room` of `/rooms/:room`. */
  get params(): Readonly<Record<string, string | undefined>> {
    return this.#source.params ?? NO_PARAMS
  }

  /** The cookies by name; the first of a name counts (RFC 6265 section 4.2). */
  get cookies(): Readonly<Record<string, string | undefined>> {
    this.#cookies ??= parseCookies(this.#source.headers.cookie)
    return this.#cookies
  }

  /** The subprotocols that the client offers, in its order (RFC 6455 section 4.1). */
  get subprotocols(): readonly string[] {
    return splitList(headerOf(this.#source, 'sec-websocket-protocol'))
  }

  /** The address of the client: the socket's, or the one that `trustedProxyHops` proxies vouch for. */
  get remoteAddress(): string {
    if (this.#trustedProxyHops === 0) return canonicalAddress(this.#source.remoteAddress)
    return forwardedAddress(
      this.#source.remoteAddress,
      this.#source.headers['x-forwarded-for'],
      this.#trustedProxyHops,
    )
  }

  /** Whether the client's own connection is encrypted, as far as the trusted proxies say. */
  get encrypted(): boolean {
    const proto = this.#forwarded('x-forwarded-proto')?.toLowerCase()
    return proto === undefined ? this.#source.encrypted : proto === 'https' || proto === 'wss'
  }

  /** The host and port that the client asked for, as far as the trusted proxies say. */
  get host(): string | undefined {
    return this.#forwarded('x-forwarded-host') ?? headerOf(this.#source, 'host')
  }

  /** Shows where the request went and where it came from; headers, cookies and the query stay out of logs. */
  toJSON(): { method: string; path: string; remoteAddress: string } {
    return { method: this.method, path: this.path, remoteAddress: this.remoteAddress }
  }

  #forwarded(name: string): string | undefined {
    if (this.#trustedProxyHops === 0) return undefined
    const values = splitList(headerOf(this.#source, name))
    return values[Math.max(0, values.length - this.#trustedProxyHops)]
  }
}
