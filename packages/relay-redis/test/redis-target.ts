import type { RelayProcess, RelayTarget } from '@echosession/conformance'
import { createRedisRelay, type RedisClient } from '@echosession/relay-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { RedisServer } from './redis-server.js'

/** A client that a user has made. */
interface UserClient {
  readonly client: RedisClient
  ping(): Promise<string>
  end(): void
}

export type Library = 'node-redis' | 'ioredis'

/** How each library's client is made by a user. */
export const LIBRARIES: Readonly<Record<Library, (port: number, name: string) => UserClient>> = {
  'node-redis'(port, name) {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, name })
    client.on('error', () => {})
    const ping = async () => {
      if (!client.isOpen) await client.connect()
      return client.ping()
    }
    return { client, ping, end: () => (client.isOpen ? client.destroy() : undefined) }
  },
  ioredis(port, connectionName) {
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, connectionName })
    client.on('error', () => {})
    return { client, ping: () => client.ping(), end: () => client.disconnect() }
  },
}

/** Has Redis break every connection with a name, all at once: a client whose other one is alive still would be back between. */
export async function killConnections(port: number, name: string): Promise<void> {
  const admin = new Redis(port, '127.0.0.1')
  const list = String(await admin.client('LIST'))
  const ids = list.split('\n').filter((line) => line.includes(` name=${name} `))
  const kills = ids.map((line) => ['client', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? ''])
  await admin.multi(kills).exec()
  admin.disconnect()
}

/** The relay on a Redis of its own, as the suite's target. */
export function createRedisTarget(library: Library, sharded: boolean): RelayTarget {
  return {
    name: `${library}${sharded ? ', sharded' : ''}`,
    capabilities: { network: true, client: true, interrupt: true, freeze: true, cut: true },
    async create() {
      const server = await RedisServer.start()
      const clients: UserClient[] = []
      return {
        async join(): Promise<RelayProcess> {
          const name = `process-${clients.length}`
          const user = LIBRARIES[library](server.port, name)
          clients.push(user)
          const relay = createRedisRelay({ client: user.client, sharded })
          return {
            relay,
            isClientAlive: async () => (await user.ping()) === 'PONG',
            cut: () => killConnections(server.port, name),
          }
        },
        interrupt: () => server.kill(),
        restore: () => server.begin(),
        freeze: async () => server.stop(),
        thaw: async () => server.goOn(),
        async close() {
          for (const client of clients) client.end()
          await server.close()
        },
      }
    },
  }
}
