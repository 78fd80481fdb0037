import type { LogStore, Relay } from '@echosession/core'
import { createNatsRelay } from '@echosession/relay-nats'
import { createNatsLog } from '@echosession/relay-nats/log'
import { createRedisLog, createRedisRelay, type RedisClient } from '@echosession/relay-redis'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { Plan } from './arguments.js'

// They connect again for as long as it takes.
const connectToNats = (port: number) =>
  connect({
    servers: `127.0.0.1:${port}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 5_000,
  })

function redisClient({ client }: Plan, port: number): RedisClient {
  return client === 'ioredis'
    ? new Redis(port, '127.0.0.1', { lazyConnect: true })
    : createClient({ url: `redis://127.0.0.1:${port}` })
}

/** The relay of one process. */
export async function makeRelay(plan: Plan, port: number): Promise<Relay> {
  return plan.engine === 'nats'
    ? createNatsRelay({ connection: await connectToNats(port) })
    : createRedisRelay({ client: redisClient(plan, port) })
}

/** The log of one process. */
export async function makeLog(plan: Plan, port: number): Promise<LogStore> {
  return plan.engine === 'nats'
    ? createNatsLog({ connection: await connectToNats(port) })
    : createRedisLog({ client: redisClient(plan, port) })
}
