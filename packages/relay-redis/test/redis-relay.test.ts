import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRedisRelay, type RedisRelayOptions } from '@echosession/relay-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

const client = createClient()

function refused(options: unknown, text: RegExp): void {
  assert.throws(
    () => createRedisRelay(options as RedisRelayOptions),
    (error: Error & { code?: string }) =>
      error instanceof TypeError && error.code === 'ES_ERR_OPTION' && text.test(error.message),
  )
}

test('clients of redis and of ioredis are taken as they are, and nothing connects before open', () => {
  const relay = createRedisRelay({ client })
  assert.equal(relay.maxPayloadBytes, 16_777_216)
  const other = new Redis({ lazyConnect: true })
  createRedisRelay({ client: other, prefix: '', sharded: true })
  assert.equal(client.isOpen, false)
  assert.equal(other.status, 'wait')
})

test('what is no client, no prefix or no flag is refused with one sentence', () => {
  refused({ client: undefined }, /^client is what createClient of redis returns/)
  refused({ client: 'redis://127.0.0.1' }, /^client is .* it was given "redis:/)
  refused({ client: {} }, /^client is /)
  refused({ client, prefix: 7 }, /^prefix is a string .* it was given 7\.$/)
  refused({ client, prefix: 'x'.repeat(257) }, /^prefix is a string of at most 256/)
  refused({ client, sharded: 'yes' }, /^sharded is true or false; it was given "yes"\.$/)
})
