import { test } from 'node:test'
import { CLAUSES, register } from '@echosession/conformance'
import { createHostTarget, HOSTS, TARGET_VARIANTS } from '@echosession/hosts'

for (const variant of TARGET_VARIANTS) {
  register(test, CLAUSES, createHostTarget('hono on node-server 2', HOSTS['hono on node-server 2'], variant))
}
