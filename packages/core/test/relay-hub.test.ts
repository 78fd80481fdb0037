import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, defineSession, type GapEvent } from '../dist/index.js'
import { connect, createManualClock, createMemoryRelayHub } from '../dist/memory/index.js'
import { settle } from './open-session.js'

const member = defineSession({ open: (session) => void session.join('x') })

function stage() {
  const hub = createMemoryRelayHub()
  const clock = createManualClock()
  const gaps: GapEvent[] = []
  const errors: unknown[] = []
  const observer = {
    onGap: (event: GapEvent) => void gaps.push(event),
    onError: (error: unknown) => void errors.push(error),
  }
  const process = () => createSessions({ relay: hub.relay(), clock, observer })
  return { hub, clock, gaps, errors, a: process(), b: process() }
}

test('a message to a room reaches the sessions of another process, and this one only once', async () => {
  const { a, b } = stage()
  const here = await connect(member, { sessions: a })
  const there = await connect(member, { sessions: b })
  await settle()
  assert.equal(a.to('x').send('hello'), 1)
  await settle()
  assert.equal((await there.next())?.text(), 'hello')
  assert.equal((await here.next())?.text(), 'hello')
  assert.equal(a.counters().messagesOut, 1)
  assert.equal(b.counters().relayIn, 1)
})

test('a message that is lost while the engine is down is reported when it is back, though none follows', async () => {
  const { hub, clock, gaps, errors, a, b } = stage()
  const there = await connect(member, { sessions: b })
  await settle()
  a.to('x').send('one')
  await settle()
  assert.equal((await there.next())?.text(), 'one')
  hub.down()
  a.to('x').send('two')
  a.to('x').send('three')
  await settle()
  assert.equal(errors.length, 2, 'one for each process')
  hub.up()
  await settle()
  clock.advance(100)
  await settle()
  clock.advance(1_100)
  await settle()
  assert.deepEqual(
    gaps.map(({ room, lost }) => ({ room, lost })),
    [{ room: 'x', lost: 2 }],
  )
  a.to('x').send('four')
  await settle()
  assert.equal((await there.next())?.text(), 'four')
  assert.equal(b.counters().relayLost, 2)
})
