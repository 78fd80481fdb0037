import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, defineSession, type EchoSession, type SessionHandler } from '../dist/index.js'
import { connect, type MemoryClient } from '../dist/memory/index.js'
import { settle } from './open-session.js'

async function crowd(count: number, handler: SessionHandler = {}) {
  const sessions = createSessions({ observer: { onError() {} } })
  const clients: MemoryClient[] = []
  for (let index = 0; index < count; index++)
    clients.push(await connect(defineSession(handler), { sessions }))
  await settle()
  return { sessions, clients, members: [...sessions] }
}

async function texts(client: MemoryClient, count: number): Promise<string[]> {
  const found: string[] = []
  while (found.length < count) found.push((await client.next())?.text() ?? 'gone')
  return found
}

test('a message to a room reaches who is in it, and the sender only by way of sessions.to', async () => {
  const { sessions, clients, members } = await crowd(3)
  const [a, b] = members as [EchoSession, EchoSession]
  assert.equal(await a.join('x'), true)
  assert.equal(await b.join('x'), true)
  assert.deepEqual(a.rooms, ['x'])
  assert.deepEqual(sessions.rooms, ['x'])
  assert.equal(a.to('x').send('from a'), 1)
  assert.equal(sessions.to('x').send('to all'), 2)
  assert.equal(sessions.broadcast('everyone'), 3)
  assert.deepEqual(await texts(clients[0] as MemoryClient, 2), ['to all', 'everyone'])
  assert.deepEqual(await texts(clients[1] as MemoryClient, 3), ['from a', 'to all', 'everyone'])
  assert.deepEqual(await texts(clients[2] as MemoryClient, 1), ['everyone'])
})
