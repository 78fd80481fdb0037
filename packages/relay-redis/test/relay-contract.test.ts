import { test } from 'node:test'
import { registerRelay } from '@echosession/conformance'
import { createRedisTarget } from './redis-target.js'

registerRelay(test, createRedisTarget('node-redis', false))
registerRelay(test, createRedisTarget('ioredis', false))
