import type { RequestSource } from '../session-request.js'

/** The upgrade request of a memory connection; what is left out is a valid request for `/`. */
export interface MemoryRequest {
  /** The request method. */
  readonly method?: string
  /** The request target: path and query. */
  readonly target?: string
  /** The HTTP version. */
  readonly httpVersion?: string
  /** Headers by name, added to those of a valid handshake; undefined takes one away, a list gives it more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The path parameters, as a router would have found them. */
  readonly params?: Readonly<Record<string, string | undefined>>
  /** The address of the client. */
  readonly remoteAddress?: string
  /** Whether the connection counts as encrypted. */
  readonly encrypted?: boolean
  /** The subprotocols to offer. */
  readonly subprotocols?: readonly string[]
}

/** Makes the request that a memory connection is opened with. */
export function memoryRequestSource(request: MemoryRequest): RequestSource {
  const values = new Map<string, readonly string[]>([
    ['host', ['memory.test']],
    ['connection', ['Upgrade']],
    ['upgrade', ['websocket']],
    ['sec-websocket-version', ['13']],
    ['sec-websocket-key', ['AAAAAAAAAAAAAAAAAAAAAA==']],
  ])
  if (request.subprotocols !== undefined)
    values.set('sec-websocket-protocol', [request.subprotocols.join(', ')])
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === undefined) values.delete(name.toLowerCase())
    else values.set(name.toLowerCase(), typeof value === 'string' ? [value] : value)
  }
  const headers: Record<string, string> = Object.create(null)
  for (const [name, list] of values) headers[name] = list.join(name === 'cookie' ? '; ' : ', ')
  return {
    method: request.method ?? 'GET',
    target: request.target ?? '/',
    httpVersion: request.httpVersion ?? '1.1',
    headers,
    params: request.params ?? {},
    remoteAddress: request.remoteAddress ?? '127.0.0.1',
    encrypted: request.encrypted ?? false,
    headerValues: (name) => values.get(name) ?? [],
  }
}
