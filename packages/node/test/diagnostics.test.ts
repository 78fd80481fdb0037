import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { createSessions, defineSession } from '@echosession/core'
import { connect } from '@echosession/core/memory'
import { createNodeAdapter } from '@echosession/node'

test('ES-9.1 what the engine observes is published on diagnostics channels', async () => {
  const heard: string[] = []
  const listeners = ['open', 'close', 'reject', 'error'].map((name) => {
    const listener = () => heard.push(name)
    subscribe(`echosession:${name}`, listener)
    return { name, listener }
  })
  const sessions = createSessions()
  const faulty = defineSession({
    message() {
      throw new Error('on purpose')
    },
  })
  // Two adapters share the engine: each event is published once all the same.
  createNodeAdapter(sessions, { '/a': faulty })
  createNodeAdapter(sessions, { '/b': faulty })
  const client = await connect(faulty, { sessions })
  client.send('x')
  await client.closed
  await assert.rejects(connect(faulty, { sessions, headers: { origin: 'http://elsewhere.test' } }))
  for (const { name, listener } of listeners) unsubscribe(`echosession:${name}`, listener)
  assert.deepEqual(heard, ['open', 'error', 'close', 'reject'])
})
