import { test } from 'node:test'
import { CLAUSES, register } from '@echosession/conformance'
import { createHostTarget, HOSTS, TARGET_VARIANTS } from '@echosession/hosts'

for (const variant of TARGET_VARIANTS) {
  register(test, CLAUSES, createHostTarget('hono on node-ws', HOSTS['hono on node-ws'], variant))
}
