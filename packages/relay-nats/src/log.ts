export type { NatsLogOptions } from './nats-log.js'
export { createNatsLog } from './nats-log.js'
