import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, defineSession, type GapEvent } from '../dist/index.js'
import { connect, createManualClock, createMemoryRelayHub } from '../dist/memory/index.js'
import { decodeEnvelope, type Envelope } from '../dist/relay-envelope.js'
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

/** Everything that processes tell each other beside messages, in order. */
function overheard(hub: ReturnType<typeof createMemoryRelayHub>): Envelope[] {
  const heard: Envelope[] = []
  const link = hub.relay().open({
    received(_channel, bytes) {
      const envelope = decodeEnvelope(bytes)
      if (envelope?.kind === 'sync' || envelope?.kind === 'marks') heard.push(envelope)
    },
    up: () => {},
    down: () => {},
    failed: () => {},
  })
  void link.subscribe('all')
  return heard
}

test('a process asks once for the rooms that it begins to follow, and who has sent nothing to them is silent', async () => {
  const { hub, clock, a, b } = stage()
  await settle()
  a.to('y').send('to nobody')
  clock.advance(2_000)
  await settle()
  const heard = overheard(hub)
  const rooms = defineSession({ open: (session) => void session.join('x').then(() => session.join('y')) })
  await connect(rooms, { sessions: b })
  await settle()
  clock.advance(49)
  await settle()
  assert.equal(heard.length, 0)
  clock.advance(1)
  await settle()
  const [question, ...more] = heard.splice(0)
  assert.ok(question?.kind === 'sync' && more.length === 0)
  assert.deepEqual(question.channels, ['room:x', 'room:y'])
  clock.advance(50)
  await settle()
  const [answer, ...others] = heard.splice(0)
  assert.ok(answer?.kind === 'marks' && others.length === 0)
  assert.deepEqual(
    answer.marks.map(({ channel, sequence }) => [channel, sequence]),
    [['room:y', 1]],
  )
  assert.deepEqual(answer.askers, [{ publisher: question.publisher, askedAt: question.askedAt + 50 }])
  clock.advance(10_000)
  await settle()
  assert.equal(heard.length, 0)
})

test('many that ask at once are answered at once, with everything when one asks for everything', async () => {
  const { hub, clock, a, b } = stage()
  const c = createSessions({ relay: hub.relay(), clock })
  await settle()
  clock.advance(2_000)
  await settle()
  for (const room of ['x', 'y']) a.to(room).send('to nobody')
  const heard = overheard(hub)
  for (const sessions of [b, c]) await connect(member, { sessions })
  await settle()
  clock.advance(50)
  await settle()
  hub.down()
  hub.up()
  await settle()
  const questions = heard.splice(0).filter(({ kind }) => kind === 'sync')
  clock.advance(50)
  await settle()
  const answers = heard.filter((envelope) => envelope.kind === 'marks')
  assert.equal(questions.filter(({ publisher }) => publisher !== answers[0]?.publisher).length, 4)
  assert.equal(answers.length, 1)
  assert.equal(answers[0]?.marks.length, 2)
  assert.equal(answers[0]?.askers.length, 2)
})
