export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client.js'
export { createRedisLog } from './redis-log.js'
export type { RedisRelayOptions } from './redis-relay.js'
export { createRedisRelay } from './redis-relay.js'
