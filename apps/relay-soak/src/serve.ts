import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SessionDefinition, Sessions } from '@echosession/core'
import { createNodeAdapter } from '@echosession/node'

/** Opens a server with sessions on one path; returns its port. */
export async function serve(
  sessions: Sessions,
  path: string,
  definition: SessionDefinition,
): Promise<number> {
  const adapter = createNodeAdapter(sessions, { [path]: definition })
  const server = createServer(adapter.listener)
  adapter.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
