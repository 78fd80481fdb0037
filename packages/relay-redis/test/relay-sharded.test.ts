import { test } from 'node:test'
import { registerRelay } from '@echosession/conformance'
import { createRedisTarget } from './redis-target.js'

registerRelay(test, createRedisTarget('node-redis', true))
registerRelay(test, createRedisTarget('ioredis', true))
