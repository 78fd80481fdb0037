import type { RelayProcess, RelayTarget } from '@echosession/conformance'
import { TcpProxy } from '@echosession/probe'
import { createNatsRelay } from '@echosession/relay-nats'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { NatsServer } from './nats-server.js'

interface User {
  readonly connection: NatsConnection
  readonly proxy: TcpProxy
}

/** The relay on a nats-server of its own, as the suite's target. Every process has a way of its own to the server. */
export function createNatsTarget(): RelayTarget {
  return {
    name: 'nats',
    capabilities: { network: true, client: true, interrupt: true, freeze: true, cut: true },
    async create() {
      const server = await NatsServer.start()
      const users: User[] = []
      const dial = async (): Promise<User> => {
        const proxy = await TcpProxy.start(server.port)
        const connection = await connect({
          port: proxy.port,
          reconnectTimeWait: 50,
          maxReconnectAttempts: -1,
        })
        users.push({ proxy, connection })
        return { proxy, connection }
      }
      // A connection is made while there is a server; this one is for a relay that is opened when there is none any more.
      const early = await dial()
      let isAway = false
      return {
        async join(): Promise<RelayProcess> {
          const { proxy, connection } = isAway ? early : await dial()
          return {
            relay: createNatsRelay({ connection }),
            async isClientAlive() {
              await connection.flush()
              return true
            },
            cut: async () => proxy.reset(),
          }
        },
        async interrupt() {
          isAway = true
          await server.signal('SIGKILL')
        },
        async restore() {
          await server.start()
          isAway = false
        },
        freeze: () => server.signal('SIGSTOP'),
        thaw: () => server.signal('SIGCONT'),
        async close() {
          await server.signal('SIGCONT')
          for (const { connection, proxy } of users) {
            await connection.close()
            await proxy.stop()
          }
          await server.signal('SIGKILL')
        },
      }
    },
  }
}
