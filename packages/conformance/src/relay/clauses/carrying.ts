import assert from 'node:assert/strict'
import type { RelayClause } from '../relay-clause.js'

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** Names that mean something to one engine or another, and must not mean anything here. */
const NAMES = [
  'plain',
  'Plain',
  'two words',
  ' plain ',
  '*',
  'pla*',
  'plain.*',
  '>',
  'plain.>',
  '.',
  'plain.',
  '?lain',
  '[p]lain',
  '{plain}',
  'plain{}',
  'line\nbreak',
  'line\r\nPUBLISH plain x\r\n',
  'tab\tand\0zero',
  '\u00fc',
  'u\u0308',
  '__proto__',
  '\u{1f600}'.repeat(128),
  `room:${'\u{1f600}'.repeat(512)}`,
] as const

/** Payloads that mean something to a protocol underneath. */
const HOSTILE = [
  '\r\n',
  '*1\r\n$4\r\nQUIT\r\n',
  '-ERR no\r\n',
  '+OK\r\nPING\r\n',
  'MSG plain 1 0\r\n\r\n',
  "-ERR 'Authorization Violation'\r\n",
  '{"type":"message","__proto__":{}}',
  'null',
  '\0\0\0\0',
  '\u{feff}bom',
]

/** What a relay carries, and how. */
export const CARRYING: readonly RelayClause[] = [
  {
    id: 'RL-1.1',
    title: 'a payload reaches every process that is subscribed to its channel, and nobody else',
    async check(stand) {
      const [a, b, c] = [await stand.connect(), await stand.connect('one'), await stand.connect('one', 'two')]
      await a.publish('one', 'to one')
      await a.publish('two', 'to two')
      await a.publish('one', 'end')
      await stand.until(() => [b, c].every(({ sink }) => sink.texts('one').includes('end')), 'the payloads')
      await stand.until(() => c.sink.texts('two').length > 0, 'the payload on the other channel')
      assert.deepEqual(b.sink.texts('one'), ['to one', 'end'])
      assert.deepEqual(c.sink.texts('one'), ['to one', 'end'])
      assert.deepEqual(c.sink.texts('two'), ['to two'])
      assert.equal(b.sink.arrivals.length, 2)
      assert.equal(a.sink.arrivals.length, 0)
    },
  },
  {
    id: 'RL-1.2',
    title: 'payloads of one channel arrive in the order of the calls of publish',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      const sent = Array.from({ length: 500 }, (_, index) => `${index}`)
      await stand.soon(Promise.all(sent.map((text) => a.publish('one', text))), 'every answer')
      await stand.until(() => b.sink.texts('one').length >= sent.length, 'every payload')
      assert.deepEqual(b.sink.texts('one'), sent)
    },
  },
  {
    id: 'RL-1.3',
    title: 'what is published after subscribe has resolved arrives',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect()]
      for (let round = 0; round < 20; round++) {
        const channel = `round ${round}`
        await stand.soon(b.link.subscribe(channel), 'a subscription')
        await a.publish(channel, 'first')
      }
      await stand.until(() => b.sink.arrivals.length === 20, 'the first payload of each channel')
    },
  },
  {
    id: 'RL-1.4',
    title: 'subscribing twice is subscribing once',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      await stand.soon(Promise.all([b.link.subscribe('one'), b.link.subscribe('one')]), 'the subscriptions')
      await a.publish('one', 'once')
      await a.publish('one', 'end')
      await stand.until(() => b.sink.texts('one').includes('end'), 'the payloads')
      assert.deepEqual(b.sink.texts('one'), ['once', 'end'])
      await stand.soon(b.link.unsubscribe('one'), 'the end of the subscription')
      await stand.soon(b.link.subscribe('two'), 'another subscription')
      await a.publish('one', 'too late')
      await a.publish('two', 'end')
      await stand.until(() => b.sink.texts('two').includes('end'), 'the payload that follows')
      assert.equal(b.sink.texts('one').length, 2)
    },
  },
  {
    id: 'RL-1.5',
    title: 'unsubscribe ends one subscription, does nothing where there is none, and can be taken back',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one', 'two')]
      await stand.soon(b.link.unsubscribe('none'), 'nothing')
      await stand.soon(b.link.unsubscribe('one'), 'the end of a subscription')
      await a.publish('one', 'not wanted')
      await a.publish('two', 'wanted')
      await stand.until(() => b.sink.texts('two').includes('wanted'), 'the payload of the other channel')
      await stand.soon(b.link.subscribe('one'), 'the subscription again')
      await a.publish('one', 'wanted again')
      await stand.until(() => b.sink.texts('one').length > 0, 'the payload')
      assert.deepEqual(b.sink.texts('one'), ['wanted again'])
    },
  },
  {
    id: 'RL-1.6',
    title: 'payloads arrive byte for byte: none, every value of a byte, and as many as maxPayloadBytes',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      const largest = new Uint8Array(a.process.relay.maxPayloadBytes)
      for (let at = 0; at < largest.length; at += 4_093) largest[at] = at % 251
      const sent = [new Uint8Array(0), EVERY_BYTE, Uint8Array.of(0), largest]
      for (const payload of sent) await stand.soon(a.link.publish('one', payload), 'an answer')
      await stand.until(() => b.sink.arrivals.length === sent.length, 'every payload')
      for (const [index, payload] of b.sink.on('one').entries()) {
        assert.ok(payload instanceof Uint8Array)
        assert.ok(Buffer.from(sent[index] as Uint8Array).equals(payload), `payload ${index} was changed`)
      }
      assert.ok(b.process.relay.maxPayloadBytes >= 65_536)
    },
  },
  {
    id: 'RL-1.7',
    title: 'a payload is not shared: what one process does with its bytes nobody else sees',
    async check(stand) {
      const [a, b, c] = [await stand.connect('one'), await stand.connect('one'), await stand.connect('one')]
      const payload = EVERY_BYTE.slice()
      const answer = a.link.publish('one', payload)
      await stand.soon(answer, 'an answer')
      payload.fill(7)
      await stand.until(() => [b, c].every(({ sink }) => sink.arrivals.length === 1), 'the payload')
      b.sink.on('one')[0]?.fill(9)
      assert.deepEqual([...(c.sink.on('one')[0] ?? [])], [...EVERY_BYTE])
    },
  },
  {
    id: 'RL-1.8',
    title: 'the name of a channel is any text, and means nothing but itself',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect(...NAMES)]
      for (const name of NAMES) await stand.soon(a.publish(name, name), 'an answer')
      await stand.until(() => b.sink.arrivals.length >= NAMES.length, 'a payload on every channel')
      await stand.soon(a.publish('plain', 'end'), 'an answer')
      await stand.until(() => b.sink.texts('plain').includes('end'), 'the last payload')
      assert.equal(b.sink.arrivals.length, NAMES.length + 1)
      for (const name of NAMES) assert.equal(b.sink.texts(name)[0], name)
    },
  },
  {
    id: 'RL-1.9',
    title: 'payloads that look like the protocol underneath arrive as they are and harm nothing',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      for (const text of HOSTILE) await stand.soon(a.publish('one', text), 'an answer')
      await stand.until(() => b.sink.arrivals.length >= HOSTILE.length, 'every payload')
      assert.deepEqual(b.sink.texts('one'), HOSTILE)
      assert.deepEqual([...a.sink.events, ...b.sink.events], ['up', 'up'])
    },
  },
]
