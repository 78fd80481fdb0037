import { test } from 'node:test'
import { createMemoryRelayTarget, registerRelay } from '@echosession/conformance'

registerRelay(test, createMemoryRelayTarget())
registerRelay(test, createMemoryRelayTarget({ name: 'bare memory', lacking: ['interrupt', 'freeze', 'cut'] }))
