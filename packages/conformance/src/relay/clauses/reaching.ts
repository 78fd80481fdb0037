import assert from 'node:assert/strict'
import type { RelayClause } from '../relay-clause.js'

const NAMES = [
  '*',
  'x*',
  'x.>',
  '{x}',
  'x\ny',
  ' x',
  'X',
  '\u{1f600}'.repeat(64),
  '__proto__',
  'all',
  'room:x',
]

/** Who a message reaches, in whatever process. */
export const REACHING: readonly RelayClause[] = [
  {
    id: 'RL-2.1',
    title: 'a message to a room reaches its members in every process, and nobody else',
    async check(stand) {
      const [a, b, c] = await stand.startAll(3)
      const [here, there, away] = [await a.member('x'), await b.member('x'), await c.member('y')]
      assert.equal(a.sessions.to('x').send('hello'), 1, 'the count is that of this process')
      a.sessions.broadcast('end')
      const members = [here, there, away]
      await stand.until(() => members.every(({ texts }) => texts.includes('end')), 'the last message')
      assert.deepEqual(here.texts, ['hello', 'end'])
      assert.deepEqual(there.texts, ['hello', 'end'])
      assert.deepEqual(away.texts, ['end'])
    },
  },
  {
    id: 'RL-2.2',
    title: 'nobody gets a message twice, though a process may hear what it has published itself',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const [here, there] = [await a.member('x'), await b.member('x')]
      for (let n = 0; n < 10; n++) a.sessions.to('x').send(`${n}`)
      await stand.until(() => there.texts.length === 10, 'the messages')
      for (const { channel, payload } of [...a.relay.published]) a.relay.inject(channel, payload)
      b.sessions.to('x').send('end')
      await stand.until(() => here.texts.includes('end'), 'the last message')
      assert.equal(here.texts.length, 11)
      const { relayIn, relayDropped, messagesOut } = a.sessions.counters()
      assert.deepEqual([relayIn, relayDropped, messagesOut], [1, 0, 11])
    },
  },
  {
    id: 'RL-2.3',
    title: 'messages go both ways, from a session and from the sessions',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const [here, there, peer] = [await a.member('x'), await b.member('x'), await b.member('x')]
      here.session.to('x').send('from here')
      await stand.until(() => there.texts.length === 1 && peer.texts.length === 1, 'the first message')
      there.session.to('x').send('from there')
      b.sessions.to('x').send('end')
      await stand.until(() => here.texts.includes('end'), 'the last message')
      assert.deepEqual(here.texts, ['from there', 'end'], 'not what it has sent itself')
      assert.deepEqual(there.texts, ['from here', 'end'])
      assert.deepEqual(peer.texts, ['from here', 'from there', 'end'])
    },
  },
  {
    id: 'RL-2.4',
    title: 'a message to several rooms reaches nobody twice',
    async check(stand) {
      const [a, b, c] = await stand.startAll(3)
      const [both, one, other] = [await b.member('x', 'y'), await b.member('x'), await c.member('y')]
      a.sessions.to('x', 'y').send('to both')
      a.sessions.to('y', 'x').send('once more')
      a.sessions.to('x').send('end')
      a.sessions.to('y').send('end')
      const expected: [typeof both, number][] = [
        [both, 4],
        [one, 3],
        [other, 3],
      ]
      await stand.until(() => expected.every(([{ texts }, count]) => texts.length >= count), 'the messages')
      assert.deepEqual(both.texts, ['to both', 'once more', 'end', 'end'])
      assert.deepEqual(one.texts, ['to both', 'once more', 'end'])
      assert.deepEqual(other.texts, ['to both', 'once more', 'end'])
      assert.equal(b.sessions.counters().relayDropped, 0)
    },
  },
  {
    id: 'RL-2.5',
    title: 'except leaves out the members of a room in every process',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const [muted, heard] = [await b.member('x', 'muted'), await b.member('x')]
      a.sessions.to('x').except('muted').send('not for all')
      a.sessions.everyone().except('muted', 'nobody').send('nor this')
      a.sessions.broadcast('end')
      await stand.until(() => muted.texts.includes('end') && heard.texts.includes('end'), 'the last message')
      assert.deepEqual(muted.texts, ['end'])
      assert.deepEqual(heard.texts, ['not for all', 'nor this', 'end'])
    },
  },
  {
    id: 'RL-2.6',
    title: 'broadcast and everyone reach every session of every process, in whatever rooms',
    async check(stand) {
      const [a, b, c] = await stand.startAll(3)
      const members = [await a.member(), await b.member('x'), await c.member()]
      a.sessions.broadcast('one')
      a.sessions.everyone().send('two')
      await stand.until(() => members.every(({ texts }) => texts.length === 2), 'both messages')
      for (const { texts } of members) assert.deepEqual(texts, ['one', 'two'])
    },
  },
  {
    id: 'RL-2.7',
    title: 'messages of one process to one room arrive in the order of the calls',
    async check(stand) {
      const [a, b, c] = await stand.startAll(3)
      const members = [await a.member('x'), await b.member('x'), await c.member('x')]
      for (let n = 0; n < 200; n++) {
        a.sessions.to('x').send(`a${n}`)
        b.sessions.to('x').send(`b${n}`)
      }
      await stand.until(() => members.every(({ texts }) => texts.length === 400), 'every message')
      for (const { texts } of members) {
        for (const letter of ['a', 'b']) {
          const own = texts.filter((text) => text.startsWith(letter))
          assert.deepEqual(
            own,
            own.map((_, n) => `${letter}${n}`),
          )
        }
      }
    },
  },
  {
    id: 'RL-2.8',
    title: 'text arrives as text and bytes as bytes, whole, from none to many',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const there = await b.member('x')
      const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256)
      const sent = [
        '',
        'na\u00efve \u{1f600} \0',
        '{"a":1}',
        new Uint8Array(0),
        Uint8Array.of(0xff, 0xfe),
        bytes,
      ]
      for (const data of sent) a.sessions.to('x').send(data)
      await stand.until(() => there.received.length === sent.length, 'every message')
      for (const [index, { type, bytes }] of there.received.entries()) {
        const data = sent[index] as string | Uint8Array
        assert.equal(type, typeof data === 'string' ? 'text' : 'binary')
        assert.ok(Buffer.from(data as string).equals(bytes), `message ${index}`)
      }
    },
  },
  {
    id: 'RL-2.9',
    title: 'local and where keep a message in this process',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const [here, there] = [await a.member('x'), await b.member('x')]
      a.sessions.to('x').local().send('local')
      a.sessions
        .to('x')
        .where(() => true)
        .send('chosen')
      a.sessions.to('x').send('end')
      await stand.until(() => there.texts.includes('end') && here.texts.includes('end'), 'the last message')
      assert.deepEqual(there.texts, ['end'])
      assert.deepEqual(here.texts, ['local', 'chosen', 'end'])
      assert.equal(a.sessions.counters().relayOut, 1)
    },
  },
  {
    id: 'RL-2.10',
    title: 'a room is subscribed to while somebody of this process is in it, and only then',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const rooms = () => [...b.relay.channels].filter((channel) => channel.startsWith('room:'))
      assert.deepEqual(rooms(), [])
      const [one, two] = [await b.member('x'), await b.member('x', 'y')]
      assert.deepEqual(rooms(), ['room:x', 'room:y'])
      assert.equal(b.relay.asked.filter((channel) => channel === 'room:x').length, 1)
      one.session.leave('x')
      two.client.close(1000)
      await stand.until(() => rooms().length === 0, 'the end of the subscriptions')
      a.sessions.to('x').send('for nobody')
      const back = await b.member('x')
      a.sessions.to('x').send('hello')
      await stand.until(() => back.texts.length === 1, 'the message')
      assert.deepEqual(back.texts, ['hello'])
      assert.equal(b.sessions.counters().relayIn, 1)
      assert.equal(b.sessions.counters().relayLost, 0, 'what was sent to nobody here is not lost')
    },
  },
  {
    id: 'RL-2.11',
    title: 'join resolves when what other processes send to the room arrives, also right after leaving it',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const there = await b.member()
      for (let round = 0; round < 20; round++) {
        await stand.soon(there.session.join('x'), 'membership')
        a.sessions.to('x').send(`${round}`)
        await stand.until(() => there.texts.includes(`${round}`), `the message of round ${round}`)
        there.session.leave('x')
      }
      assert.equal(there.texts.length, 20)
    },
  },
  {
    id: 'RL-2.12',
    title: 'the name of a room is any text and means nothing but itself',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const there = await b.member(...NAMES)
      for (const name of NAMES) a.sessions.to(name).send(name)
      await stand.until(() => there.texts.length >= NAMES.length, 'a message to every room')
      a.sessions.to('x').send('for nobody')
      a.sessions.broadcast('end')
      await stand.until(() => there.texts.includes('end'), 'the last message')
      assert.deepEqual(there.texts, [...NAMES, 'end'])
    },
  },
  {
    id: 'RL-2.13',
    title: 'the key of a message travels: a peer that is behind gets the latest of each',
    async check(stand) {
      const [a, b] = await stand.startAll(2, { slowConsumer: 'latest', maxBufferedBytes: 2_000 })
      const there = await b.member('x')
      there.client.pause()
      const payload = 'x'.repeat(990)
      for (let n = 0; n < 20; n++) a.sessions.to('x').send(`${n} ${payload}`, { key: 'price' })
      await stand.until(() => b.sessions.counters().relayIn === 20, 'the messages')
      there.client.resume()
      await stand.until(() => there.texts.at(-1)?.startsWith('19 ') === true, 'the latest')
      assert.ok(there.texts.length < 10, `${there.texts.length} messages`)
      assert.equal(there.session.state, 'open')
    },
  },
  {
    id: 'RL-2.14',
    title: 'what handlers say while a process drains is relayed, then the relay is closed, once',
    async check(stand) {
      const [a, b] = await stand.startAll(2)
      const [here, there] = [await a.member('x'), await b.member('x')]
      void here.client.closed.then(() => here.session.to('x').send('farewell'))
      a.sessions.to('x').send('before')
      const draining = a.sessions.drain({ timeoutMs: 1_000 })
      a.sessions.to('x').send('last words')
      let isOver = false
      void draining.finally(() => {
        isOver = true
      })
      await stand.elapse(() => isOver, 'the end of the drain')
      assert.equal(a.relay.closed, 1)
      await stand.until(() => there.texts.includes('last words'), 'the last words')
      assert.deepEqual(a.observed.relayErrors, [])
    },
  },
]
