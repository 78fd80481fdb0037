import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions } from '../dist/index.js'
import { createManualClock, createMemoryRelayHub } from '../dist/memory/index.js'
import { readInfo } from '../dist/presence-info.js'
import { decodePresence, encodePresence, type PresenceSignal, partsOfState } from '../dist/presence-signal.js'
import { encodeEnvelope } from '../dist/relay-envelope.js'
import { openSession, settle } from './open-session.js'
import { createRandom, seeds } from './seeded-random.js'

const member = (session: number, info: unknown) => ({ session, info: readInfo(info) })

const SIGNALS: readonly PresenceSignal[] = [
  { kind: 'set', ...member(1, { __proto__: null, a: [1, 'é', null] }) },
  { kind: 'set', ...member(Number.MAX_SAFE_INTEGER, null) },
  { kind: 'gone', session: 7 },
  { kind: 'state', first: true, last: false, members: [member(1, 'x'), member(2, {})] },
  { kind: 'state', first: false, last: true, members: [] },
  { kind: 'ask' },
  { kind: 'ask', publisher: 'abc' },
  { kind: 'ask', publisher: 'abc', room: '部屋' },
  { kind: 'alive' },
  { kind: 'bye' },
]

const HOSTILE: readonly string[] = [
  '',
  'null',
  '{}',
  '[]',
  '["set"]',
  '["set",0,null]',
  '["set",1.5,null]',
  '["set",1e999,null]',
  '["set","1",null]',
  '["set",1]',
  '["set",1,null,null]',
  `["set",1,"${'x'.repeat(1_100)}"]`,
  `["set",1,${'['.repeat(20_000)}${']'.repeat(20_000)}]`,
  '["gone"]',
  '["gone",-1]',
  '["gone",1,1]',
  '["state",1,true,[]]',
  '["state",true,true]',
  '["state",true,true,{}]',
  '["state",true,true,[[1,null],[2]]]',
  '["ask"]',
  '["ask",null,"x"]',
  '["ask",1,null]',
  '["ask","a",1]',
  '["alive",1]',
  '["bye",null]',
  '["constructor"]',
  '["__proto__",{}]',
  '[["set"],1,null]',
  '['.repeat(60_000),
  `["state",true,true,[${'[1,null],'.repeat(10_000)}[1,null]]]`,
]

test('every signal is read as it was written', () => {
  for (const signal of SIGNALS) assert.deepEqual(decodePresence(encodePresence(signal)), signal)
})

test('a state is split into parts that any engine takes, and an empty one is one part', () => {
  assert.deepEqual([...partsOfState([])], [{ kind: 'state', first: true, last: true, members: [] }])
  const members = Array.from({ length: 300 }, (_, at) => member(at + 1, '語'.repeat(300)))
  const parts = [...partsOfState(members)]
  assert.ok(parts.length > 1)
  assert.deepEqual(
    parts.flatMap((part) => (part.kind === 'state' ? part.members : [])),
    members,
  )
  for (const part of parts) assert.ok(encodePresence(part).length <= 65_536)
})

test('what is no signal is none', () => {
  for (const text of HOSTILE) {
    assert.equal(decodePresence(new TextEncoder().encode(text)), undefined, text.slice(0, 60))
  }
  assert.equal(decodePresence(Uint8Array.of(0x22, 0xff, 0x22)), undefined)
})

for (const seed of seeds(3)) {
  test(`whatever bytes come are read or not, and never throw (seed ${seed})`, () => {
    const random = createRandom(seed)
    for (let round = 0; round < 3_000; round++) {
      const bytes = encodePresence(random.pick(SIGNALS)).slice()
      for (let flips = random.below(4); flips >= 0; flips--)
        bytes[random.below(bytes.length)] = random.below(256)
      decodePresence(bytes)
    }
  })
}

test('signals that are none, or make no sense where they come, are dropped, counted, and change nothing', async () => {
  const hub = createMemoryRelayHub()
  const sessions = createSessions({
    relay: hub.relay(),
    clock: createManualClock(),
    observer: { onError() {} },
  })
  const { start, session } = openSession({}, {}, undefined, sessions)
  start()
  void sessions.presence.enter(session, 'x', 'here')
  await settle()
  const link = hub.relay().open({ received() {}, up() {}, down() {}, failed() {} })
  let sequence = 0
  const say = async (channel: string, payload: Uint8Array) => {
    const place = { generation: 1, sequence: ++sequence }
    await link.publish(
      channel,
      encodeEnvelope({ kind: 'signal', publisher: '0'.repeat(24), ...place, payload }),
    )
    await settle()
  }
  for (const text of HOSTILE) await say('room:x', new TextEncoder().encode(text))
  const misplaced: readonly PresenceSignal[] = [
    { kind: 'set', ...member(1, null) },
    { kind: 'gone', session: 1 },
    { kind: 'state', first: true, last: true, members: [] },
    { kind: 'ask' },
  ]
  for (const signal of misplaced) await say('all', encodePresence(signal))
  for (const kind of ['alive', 'bye'] as const) await say('room:x', encodePresence({ kind }))
  assert.equal(sessions.counters().relayDropped, HOSTILE.length + misplaced.length + 2)
  assert.deepEqual(
    sessions.presence.list('x').map(({ info }) => info),
    ['here'],
  )
})
