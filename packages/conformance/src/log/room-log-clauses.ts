import assert from 'node:assert/strict'
import type { LogClause } from './log-clause.js'
import { LogMember } from './log-member.js'

const LARGE = 'x'.repeat(60_000)

/** What rooms with a history promise, over any store. */
export const ROOM_LOG: readonly LogClause[] = [
  {
    id: 'LG-2.1',
    title: 'who has joined gets everything from then on, on every process, in the order of the log',
    async check(stand) {
      const processes = [await stand.start(), await stand.start()]
      const [a, b] = processes as [(typeof processes)[0], (typeof processes)[0]]
      await stand.soon(() => a.log.append('x', 'before'))
      const members = [new LogMember('x'), new LogMember('x'), new LogMember('x')]
      for (const [index, member] of members.entries()) await (index === 0 ? a : b).welcome(member)
      await stand.until(
        () => members.every(({ heard }) => heard.some(({ type }) => type === 'joined')),
        'the joins',
      )
      await Promise.all(
        processes.flatMap(({ log }, at) => [1, 2, 3].map((n) => log.append('x', `${at}.${n}`))),
      )
      await stand.until(() => members.every(({ has }) => has.length === 6), 'six entries at each')
      const [first] = members
      assert.ok(!first?.has.includes('before'), 'nothing of before')
      for (const { has } of members) assert.deepEqual(has, first?.has)
      for (const at of [0, 1]) {
        const own = first?.has.filter((text) => text.startsWith(`${at}.`))
        assert.deepEqual(
          own,
          [1, 2, 3].map((n) => `${at}.${n}`),
        )
      }
    },
  },
  {
    id: 'LG-2.2',
    title: 'who comes back on another process gets exactly what it missed, before anything new',
    async check(stand) {
      const [a, b] = [await stand.start(), await stand.start()]
      const member = new LogMember('x')
      await stand.soon(() => a.log.append('x', 'long ago'))
      await a.welcome(member)
      await stand.until(() => member.heard.length === 1, 'the join')
      await a.log.append('x', '1')
      await stand.until(() => member.has.length === 1, 'the first entry')
      member.leave()
      for (let n = 2; n <= 600; n++) await a.log.append('x', `${n}`)
      await b.welcome(member)
      await Promise.all([601, 602, 603].map((n) => b.log.append('x', `${n}`)))
      await stand.until(() => member.has.length === 603, 'all of them')
      assert.deepEqual(
        member.has,
        Array.from({ length: 603 }, (_, at) => `${at + 1}`),
      )
      assert.deepEqual(
        member.heard.filter(({ type }) => type === 'joined').map(({ recovered }) => recovered),
        [false, true],
      )
    },
  },
  {
    id: 'LG-2.3',
    title: 'who cannot be given all that it missed is given none of it, and told',
    async check(stand) {
      const process = await stand.start({ maxMessages: 5 })
      const member = new LogMember('x')
      await process.welcome(member)
      await stand.until(() => member.heard.some(({ type }) => type === 'joined'), 'the join')
      await process.log.append('x', '1')
      await stand.until(() => member.has.length === 1, 'the first entry')
      member.leave()
      for (let n = 2; n <= 10; n++) await process.log.append('x', `${n}`)
      const from = member.heard.length
      await process.welcome(member)
      await stand.until(() => member.heard.length > from, 'the answer')
      assert.equal(member.heard[from]?.recovered, false)
      await process.log.append('x', '11')
      await stand.until(() => member.has.length === 1, 'what is new')
      assert.deepEqual(member.has, ['11'])
    },
  },
  {
    id: 'LG-2.4',
    title: 'who is there when the log is emptied is told so',
    needs: ['empty'],
    async check(stand) {
      const process = await stand.start()
      const member = new LogMember('x')
      await process.welcome(member)
      await stand.until(() => member.heard.some(({ type }) => type === 'joined'), 'the join')
      for (const text of ['1', '2']) await process.log.append('x', text)
      await stand.until(() => member.has.length === 2, 'two entries')
      await stand.empty()
      await process.log.append('x', '3')
      await stand.until(() => member.heard.some(({ type }) => type === 'reset'), 'the reset')
      await process.log.append('x', '4')
      await stand.until(() => member.has.at(-1) === '4', 'what is new')
      // A log that was read before '3' was added begins anew before it.
      assert.ok(['4', '3,4'].includes(member.has.join()), member.has.join())
    },
  },
  {
    id: 'LG-2.5',
    title: 'an engine that goes and comes back loses, doubles and reorders nothing that it had acknowledged',
    needs: ['interrupt'],
    async check(stand) {
      const [a, b] = [await stand.start(), await stand.start()]
      const members = [new LogMember('x'), new LogMember('x')]
      for (const [index, member] of members.entries()) await (index === 0 ? a : b).welcome(member)
      await stand.until(
        () => members.every(({ heard }) => heard.some(({ type }) => type === 'joined')),
        'the joins',
      )
      const acknowledged: string[] = []
      const add = async (text: string) => {
        await a.log.append('x', text)
        acknowledged.push(text)
      }
      await add('1')
      await stand.interrupt()
      await stand.until(
        () =>
          add('lost').then(
            () => false,
            () => true,
          ),
        'an append that rejects',
      )
      await stand.restore()
      await stand.soon(() => add('2'))
      await add('3')
      await stand.until(() => members.every(({ has }) => has.at(-1) === '3'), 'the last entry at both')
      for (const { has } of members) {
        // An append whose answer was lost may stand between those that were acknowledged.
        assert.deepEqual(has.filter((text) => text !== 'lost' && text !== '2').slice(0, 2), ['1', '3'])
        assert.deepEqual([...new Set(has.filter((text) => acknowledged.includes(text)))], acknowledged)
      }
    },
  },
  {
    id: 'LG-2.6',
    title: 'a request that means nothing is answered with one error, and changes nothing',
    async check(stand) {
      const process = await stand.start()
      const member = new LogMember('x')
      await process.welcome(member)
      await stand.until(() => member.heard.some(({ type }) => type === 'joined'), 'the join')
      const wrong = [
        { type: 'join' },
        { type: 'join', room: '' },
        { type: 'join', room: 'y'.repeat(2_000) },
        { type: 'join', room: 'y', since: 'yesterday' },
        { type: 'join', room: 'y', since: { epoch: 'e', offset: 0.5 } },
        { type: 'join', room: 'y', since: { epoch: 'e'.repeat(1_000), offset: 1 } },
        { type: 'leave', room: 7 },
      ]
      const from = member.heard.length
      const errors = process.errors.length
      for (const request of wrong) member.say(JSON.stringify(request))
      await stand.until(() => member.heard.length === from + wrong.length, 'an answer to each')
      assert.deepEqual([...new Set(member.heard.slice(from).map(({ type }) => type))], ['error'])
      await process.log.append('x', 'still here')
      await stand.until(() => member.has.at(-1) === 'still here', 'an entry')
      assert.equal(process.errors.length, errors)
    },
  },
  {
    id: 'LG-2.7',
    title: 'who takes what it missed slowly is not sent it faster, and gets all of it',
    async check(stand) {
      const process = await stand.start()
      const member = new LogMember('x')
      await process.welcome(member)
      await stand.until(() => member.heard.some(({ type }) => type === 'joined'), 'the join')
      await process.log.append('x', '0')
      await stand.until(() => member.has.length === 1, 'the first entry')
      member.leave()
      for (let n = 1; n <= 50; n++) await process.log.append('x', `${n} ${LARGE}`)
      const client = await process.welcome(member)
      client.pause()
      await stand.until(() => process.sessions.counters().bufferedBytes > 0, 'what it missed is on its way')
      await process.log.append('x', 'new')
      client.resume()
      await stand.until(() => member.has.at(-1) === 'new', 'all of it')
      assert.equal(member.has.length, 52)
      assert.deepEqual(process.sessions.counters().closedByCode['1013'], undefined)
    },
  },
]
