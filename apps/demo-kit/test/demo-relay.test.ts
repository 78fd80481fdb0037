import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMemoryRelayHub } from '@echosession/core/memory'
import { heard } from '../dist/demo-relay.js'

describe('relay of a demo', () => {
  for (const says of ['up', 'down'] as const) {
    it(`KIT-8 is known when it has said that it is ${says}, and core hears that, too`, async () => {
      const hub = createMemoryRelayHub()
      if (says === 'down') hub.down()
      const { relay, known } = heard(hub.relay())
      assert.equal(relay.maxPayloadBytes, 16_777_216)
      const told: string[] = []
      void known.then(() => told.push('known'))
      const link = relay.open({
        received: (channel, payload) => told.push(`${channel}: ${payload.length}`),
        up: () => told.push('up'),
        down: () => told.push('down'),
        failed: () => told.push('failed'),
      })
      await known
      assert.deepEqual(told, [says, 'known'])
      await link.close()
    })
  }
})
