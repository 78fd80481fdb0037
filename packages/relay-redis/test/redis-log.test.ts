import { test } from 'node:test'
import { type LogTarget, registerLog } from '@echosession/conformance'
import { createRedisLog } from '@echosession/relay-redis'
import { Redis } from 'ioredis'
import { RedisServer } from './redis-server.js'
import { LIBRARIES, type Library } from './redis-target.js'

/** The log on a Redis of its own that keeps what it acknowledges, as the suite's target. */
function createRedisLogTarget(library: Library, sharded: boolean): LogTarget {
  return {
    name: `${library}${sharded ? ', sharded' : ''}`,
    capabilities: { network: true, interrupt: true, empty: true },
    async create() {
      const server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
      const clients: { end(): void }[] = []
      const make = (name: string) => {
        const user = LIBRARIES[library](server.port, name)
        clients.push(user)
        return user.client
      }
      return {
        join: async () => createRedisLog({ client: make(`process-${clients.length}`), sharded }),
        interrupt: () => server.kill(),
        restore: () => server.begin(),
        async empty() {
          const admin = new Redis(server.port, '127.0.0.1')
          await admin.flushall()
          admin.disconnect()
        },
        async close() {
          for (const client of clients) client.end()
          await server.close()
        },
      }
    },
  }
}

registerLog(test, createRedisLogTarget('node-redis', false))
registerLog(test, createRedisLogTarget('ioredis', true))
