import { test } from 'node:test'
import { registerRelay } from '@echosession/conformance'
import { createNatsTarget } from './nats-target.js'

registerRelay(test, createNatsTarget())
