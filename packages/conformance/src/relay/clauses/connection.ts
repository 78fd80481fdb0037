import assert from 'node:assert/strict'
import { EchoSessionError } from '@echosession/core'
import { RecordingSink } from '../recording-sink.js'
import type { RelayClause } from '../relay-clause.js'

function isRelayError(error: unknown): true {
  assert.ok(error instanceof EchoSessionError && error.code === 'ES_ERR_RELAY', `${String(error)}`)
  return true
}

/** How a relay begins, is lost, comes back and ends. */
export const CONNECTION: readonly RelayClause[] = [
  {
    id: 'RL-1.10',
    title: 'open returns at once, up is reported once, and a subscription may be asked for before',
    async check(stand) {
      const peer = await stand.open((sink) =>
        assert.deepEqual(sink.events, [], 'nothing is reported before open has returned'),
      )
      await stand.soon(peer.link.subscribe('one'), 'a subscription that is asked for at once')
      await stand.until(() => peer.sink.events.length > 0, 'the relay is up')
      const other = await stand.connect()
      await stand.soon(other.publish('one', 'hello'), 'an answer')
      await stand.until(() => peer.sink.texts('one').includes('hello'), 'the payload')
      assert.deepEqual(peer.sink.events, ['up'])
    },
  },
  {
    id: 'RL-1.11',
    title: 'a relay that is opened again throws ES_ERR_RELAY, and the first goes on',
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      const second = new RecordingSink()
      assert.throws(() => a.process.relay.open(second), isRelayError)
      await stand.soon(a.publish('one', 'goes on'), 'an answer')
      await stand.until(() => b.sink.arrivals.length === 1, 'the payload')
      assert.deepEqual(second.events, [])
    },
  },
  {
    id: 'RL-1.12',
    title: 'close ends everything that open began: nothing arrives or is reported afterwards',
    async check(stand) {
      const [a, b, c] = [await stand.connect('one'), await stand.connect('one'), await stand.connect('one')]
      await stand.soon(b.link.close(), 'the end of a relay')
      await stand.soon(a.publish('one', 'not for b'), 'an answer')
      await stand.until(() => c.sink.arrivals.length === 1, 'the payload at another')
      if (stand.capabilities.interrupt) {
        await stand.interrupt()
        await stand.until(() => c.sink.count('down') === 1, 'the others notice')
        await stand.restore()
        await stand.until(() => c.sink.count('up') === 2, 'the others are back')
      }
      assert.deepEqual(b.sink.events, ['up'])
      assert.equal(b.sink.arrivals.length, 0)
    },
  },
  {
    id: 'RL-1.13',
    title: 'a relay that is closed rejects what it is asked, and closing it again rejects with ES_ERR_RELAY',
    async check(stand) {
      const [a, b, c] = [await stand.connect(), await stand.connect('one'), await stand.connect()]
      await stand.soon(a.link.close(), 'the end of a relay')
      await assert.rejects(stand.soon(a.link.close(), 'the second close'), isRelayError)
      await assert.rejects(stand.soon(a.publish('one', 'too late'), 'an answer'))
      await assert.rejects(stand.soon(a.link.subscribe('one'), 'an answer'))
      await stand.soon(c.publish('one', 'end'), 'an answer')
      await stand.until(() => b.sink.texts('one').includes('end'), 'the payload of another')
      assert.deepEqual(b.sink.texts('one'), ['end'])
    },
  },
  {
    id: 'RL-1.14',
    title: "close leaves the user's client open and working",
    needs: ['client'],
    async check(stand) {
      const a = await stand.connect('one')
      await stand.soon(a.link.close(), 'the end of a relay')
      assert.equal(
        await stand.soon(a.process.isClientAlive?.() ?? Promise.resolve(false), 'its answer'),
        true,
      )
    },
  },
  {
    id: 'RL-1.15',
    title: 'a lost engine is reported as down once, with an error, and as up once when it is back',
    needs: ['interrupt'],
    async check(stand) {
      const [a, b] = [await stand.connect('one'), await stand.connect('one')]
      for (let round = 1; round <= 2; round++) {
        await stand.interrupt()
        await stand.until(() => [a, b].every(({ sink }) => sink.count('down') === round), 'both notice')
        await stand.restore()
        await stand.until(() => [a, b].every(({ sink }) => sink.count('up') === round + 1), 'both are back')
      }
      for (const { sink } of [a, b]) {
        assert.deepEqual(sink.events, ['up', 'down', 'up', 'down', 'up'])
        assert.ok(sink.errors.every((error) => error instanceof Error && error.message !== ''))
      }
    },
  },
  {
    id: 'RL-1.16',
    title: 'after an interruption every subscription stands again before up is reported',
    needs: ['interrupt'],
    async check(stand) {
      const names = Array.from({ length: 50 }, (_, index) => `channel ${index}`)
      const [a, b] = [await stand.connect(), await stand.connect(...names, 'given up')]
      await stand.soon(b.link.unsubscribe('given up'), 'the end of a subscription')
      await stand.interrupt()
      await stand.until(() => [a, b].every(({ sink }) => sink.count('down') === 1), 'both notice')
      await stand.restore()
      await stand.until(() => [a, b].every(({ sink }) => sink.count('up') === 2), 'both are back')
      await stand.soon(a.publish('given up', 'not wanted'), 'an answer')
      for (const name of names) await stand.soon(a.publish(name, name), 'an answer')
      await stand.until(() => b.sink.arrivals.length >= names.length, 'a payload on every channel')
      assert.equal(b.sink.arrivals.length, names.length)
    },
  },
  {
    id: 'RL-1.17',
    title: 'what cannot be sent is rejected, and never arrives later',
    needs: ['interrupt'],
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      await stand.interrupt()
      await stand.until(() => [a, b].every(({ sink }) => sink.count('down') === 1), 'both notice')
      const lost = Array.from({ length: 20 }, (_, index) => a.publish('one', `lost ${index}`))
      const answers = await stand.soon(Promise.allSettled(lost), 'every answer')
      assert.ok(answers.every(({ status }) => status === 'rejected'))
      await stand.restore()
      await stand.until(() => [a, b].every(({ sink }) => sink.count('up') === 2), 'both are back')
      await stand.soon(a.publish('one', 'end'), 'an answer')
      await stand.until(() => b.sink.texts('one').includes('end'), 'the payload that follows')
      assert.deepEqual(b.sink.texts('one'), ['end'])
    },
  },
  {
    id: 'RL-1.18',
    title: 'an engine that is away when the relay is opened is down once, and up when it is there',
    needs: ['interrupt'],
    async check(stand) {
      await stand.engine
      await stand.interrupt()
      const a = await stand.open()
      await stand.until(() => a.sink.events.length > 0, 'the relay is down')
      await assert.rejects(stand.soon(a.publish('one', 'not sent'), 'an answer'))
      await stand.restore()
      await stand.until(() => a.sink.count('up') === 1, 'the relay is up')
      assert.deepEqual(a.sink.events, ['down', 'up'])
      await stand.soon(a.link.subscribe('one'), 'a subscription')
      const b = await stand.connect('two')
      await stand.soon(b.publish('one', 'works'), 'an answer')
      await stand.until(() => a.sink.texts('one').includes('works'), 'the payload')
      await stand.soon(a.publish('two', 'works too'), 'an answer')
      await stand.until(() => b.sink.texts('two').includes('works too'), 'the payload of the late one')
    },
  },
  {
    id: 'RL-1.19',
    title: 'a process that is cut off is down alone, and comes back with its subscriptions',
    needs: ['cut'],
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one', 'two')]
      for (let round = 1; round <= 3; round++) {
        await b.process.cut?.()
        await stand.until(() => b.sink.count('up') === round + 1, 'it is back')
        assert.equal(b.sink.count('down'), round)
        await stand.soon(a.publish('one', `round ${round}`), 'an answer')
        await stand.soon(a.publish('two', `round ${round}`), 'an answer')
        await stand.until(() => b.sink.arrivals.length === 2 * round, 'the payloads')
      }
      assert.deepEqual(a.sink.events, ['up'])
    },
  },
  {
    id: 'RL-1.20',
    title: 'an engine that stops for a while loses no order and doubles nothing',
    needs: ['freeze'],
    async check(stand) {
      const [a, b] = [await stand.connect(), await stand.connect('one')]
      await stand.soon(a.publish('one', 'before'), 'an answer')
      await stand.freeze()
      const numbers = Array.from({ length: 50 }, (_, index) => `${index}`)
      const answers = numbers.map((text) => a.publish('one', text).then(() => text))
      const settled = Promise.allSettled(answers)
      await stand.settle()
      await stand.thaw()
      const results = await stand.soon(settled, 'every answer')
      await stand.until(() => a.sink.events.at(-1) === 'up' && b.sink.events.at(-1) === 'up', 'both are up')
      await stand.soon(a.publish('one', 'after'), 'an answer')
      await stand.until(() => b.sink.texts('one').includes('after'), 'the payload that follows')
      const [first, ...rest] = b.sink.texts('one')
      assert.equal(first, 'before')
      const arrived = rest.slice(0, -1).map(Number)
      assert.deepEqual(
        arrived,
        arrived.toSorted((x, y) => x - y),
      )
      assert.equal(new Set(arrived).size, arrived.length)
      const taken = results.filter(({ status }) => status === 'fulfilled').length
      assert.ok(arrived.length >= taken || b.sink.count('down') > 0, 'what was taken has arrived')
    },
  },
]
