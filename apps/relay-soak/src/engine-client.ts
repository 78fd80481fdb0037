import type { LogStore, Relay } from '@echosession/core'
import { createNatsRelay } from '@echosession/relay-nats'
import { createNatsLog } from '@echosession/relay-nats/log'
import { createRedisLog, createRedisRelay, type RedisClient } from '@echosession/relay-redis'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { Plan } from './arguments.js'
import type { Place } from './engine.js'

// They connect again for as long as it takes.
const connectToNats = ({ host, port }: Place) =>
  connect({
    servers: `${host}:${port}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 5_000,
  })

function redisClient({ client }: Plan, { host, port }: Place): RedisClient {
  return client === 'ioredis'
    ? new Redis(port, host, { lazyConnect: true })
    : createClient({ socket: { host, port } })
}

/** The relay of one process. */
export async function makeRelay(plan: Plan, place: Place): Promise<Relay> {
  return plan.engine === 'nats'
    ? createNatsRelay({ connection: await connectToNats(place) })
    : createRedisRelay({ client: redisClient(plan, place) })
}

/** The log of one process. */
export async function makeLog(plan: Plan, place: Place): Promise<LogStore> {
  return plan.engine === 'nats'
    ? createNatsLog({ connection: await connectToNats(place) })
    : createRedisLog({ client: redisClient(plan, place) })
}
