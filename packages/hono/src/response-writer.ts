import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'

/** Writes a web response to one of node's, its body piece by piece as the client takes it. */
export async function writeResponse(from: Response, to: ServerResponse): Promise<void> {
  to.statusCode = from.status
  for (const [name, value] of from.headers) to.appendHeader(name, value)
  if (from.body === null) to.end()
  // It fails when the client has gone, and then nobody waits for the rest.
  else await pipeline(Readable.fromWeb(from.body as ReadableStream), to).catch(() => {})
}
