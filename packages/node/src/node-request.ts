import type { IncomingMessage } from 'node:http'
import type { RequestSource } from '@echosession/core'

/** What a host's router knows besides the request. */
export type PathParams = Readonly<Record<string, string | undefined>>

const NO_PARAMS: PathParams = Object.freeze({})
const NO_VALUES: readonly string[] = Object.freeze([])

/** What the upgrade requests of browsers and of clients on Node have in common, as they write it. */
const COMMON = new Map(
  [
    ...['Host', 'Connection', 'Upgrade', 'Origin', 'Cookie', 'Pragma', 'Cache-Control', 'User-Agent'],
    ...['Accept', 'Accept-Encoding', 'Accept-Language', 'Authorization', 'DNT', 'Sec-GPC', 'X-Real-IP'],
    ...['Sec-WebSocket-Version', 'Sec-WebSocket-Key', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions'],
    ...['Sec-Fetch-Dest', 'Sec-Fetch-Mode', 'Sec-Fetch-Site', 'X-Forwarded-For', 'X-Forwarded-Proto'],
    ...['websocket', 'upgrade', 'keep-alive, Upgrade', 'no-cache', '13', 'gzip, deflate, br', '*/*'],
  ].map((text) => [text, text] as const),
)
const MAX_COMMON = Math.max(...[...COMMON.keys()].map(({ length }) => length))

/** Core's view of a request of node:http. A session keeps it, so it holds little besides the request itself. */
export class NodeRequest implements RequestSource {
  readonly target: string
  readonly remoteAddress: string
  /** What the host's router found; set when the request has reached a route. */
  params = NO_PARAMS
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    // Hosts cut the target on its way, and the address is gone with the connection.
    this.target = request.url ?? '/'
    // A request that a test injects is a plain object without a socket or raw headers.
    const socket: { remoteAddress?: string | undefined } | undefined = request.socket
    this.remoteAddress = socket?.remoteAddress ?? ''
    this.#request = request
  }

  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get httpVersion(): string {
    return this.#request.httpVersion
  }

  get headers(): Readonly<Record<string, string | undefined>> {
    // The headers that node gives as lists (only Set-Cookie) do not occur in a request.
    return this.#request.headers as Readonly<Record<string, string | undefined>>
  }

  get encrypted(): boolean {
    const socket: object | undefined = this.#request.socket
    return socket !== undefined && 'encrypted' in socket && socket.encrypted === true
  }

  /** The path of the target without its query: what may stand in a log. */
  get path(): string {
    return this.target.split('?', 1)[0] ?? ''
  }

  /** Makes the request smaller, for as long as it is kept: node has made strings of its own for every name and value. */
  shrink(): void {
    const raw: string[] | undefined = this.#request.rawHeaders
    if (raw === undefined) return
    for (let index = 0; index < raw.length; index++) {
      const text = raw[index] as string
      const common = text.length > MAX_COMMON ? undefined : COMMON.get(text)
      if (common !== undefined) raw[index] = common
    }
  }

  headerValues(name: string): readonly string[] {
    const raw: readonly string[] | undefined = this.#request.rawHeaders
    if (raw === undefined) {
      const value = this.headers[name] ?? (name === 'host' ? 'localhost' : undefined)
      return value === undefined ? NO_VALUES : [String(value)]
    }
    let values: string[] | undefined
    for (let index = 0; index < raw.length; index += 2) {
      const other = raw[index] as string
      if (other.length !== name.length || other.toLowerCase() !== name) continue
      const value = raw[index + 1] ?? ''
      // An empty list that grows makes room for many, and nearly every header stands once.
      if (values === undefined) values = [value]
      else values.push(value)
    }
    return values ?? NO_VALUES
  }
}
