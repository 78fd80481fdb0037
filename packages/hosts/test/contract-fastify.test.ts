import { test } from 'node:test'
import { CLAUSES, register } from '@echosession/conformance'
import { createHostTarget, HOSTS, TARGET_VARIANTS } from '@echosession/hosts'

for (const variant of TARGET_VARIANTS) {
  register(test, CLAUSES, createHostTarget('fastify', HOSTS.fastify, variant))
}
