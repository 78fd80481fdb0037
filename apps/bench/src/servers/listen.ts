import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { HOST } from './server-plan.js'

/** Lets a server listen, and says on which port. */
export async function listen(server: Server, port: number): Promise<number> {
  server.listen({ port, host: HOST, backlog: 4096 })
  return listening(server)
}

/** Waits until a server that was told to listen does so, and says on which port. */
export async function listening(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
