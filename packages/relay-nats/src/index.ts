export type { NatsClient, NatsMessage, NatsStatus, NatsSubscription } from './nats-client.js'
export type { NatsRelayOptions } from './nats-relay.js'
export { createNatsRelay } from './nats-relay.js'
