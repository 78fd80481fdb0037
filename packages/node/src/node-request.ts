import type { IncomingMessage } from 'node:http'
import type { RequestSource } from '@echosession/core'

/** What a host's router knows besides the request. */
export type PathParams = Readonly<Record<string, string | undefined>>

/** Core's view of a request of node:http. */
export class NodeRequest implements RequestSource {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly remoteAddress: string
  readonly encrypted: boolean
  readonly params: PathParams
  readonly #rawHeaders: readonly string[] | undefined

  /** @param target the request target before any router cut it; the request's own by default. */
  constructor(request: IncomingMessage, params: PathParams = {}, target = request.url ?? '/') {
    // A request that a test injects is a plain object without a socket or raw headers.
    const socket: { remoteAddress?: string | undefined; encrypted?: boolean } | undefined = request.socket
    this.method = request.method ?? 'GET'
    this.target = target
    this.httpVersion = request.httpVersion
    // The headers that node gives as lists (only Set-Cookie) do not occur in a request.
    this.headers = request.headers as Readonly<Record<string, string | undefined>>
    this.remoteAddress = socket?.remoteAddress ?? ''
    this.encrypted = socket?.encrypted === true
    this.params = params
    this.#rawHeaders = request.rawHeaders
  }

  /** The path of the target without its query: what may stand in a log. */
  get path(): string {
    return this.target.split('?', 1)[0] ?? ''
  }

  headerValues(name: string): readonly string[] {
    const raw = this.#rawHeaders
    if (raw === undefined) {
      const value = this.headers[name] ?? (name === 'host' ? 'localhost' : undefined)
      return value === undefined ? [] : [String(value)]
    }
    const values: string[] = []
    for (let index = 0; index < raw.length; index += 2) {
      if (raw[index]?.toLowerCase() === name) values.push(raw[index + 1] ?? '')
    }
    return values
  }
}
