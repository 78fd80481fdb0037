import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'

/** Sessions on which nothing is said. */
export const IDLE: readonly Clause[] = [
  {
    id: 'ES-5.11',
    title:
      'without a message either way for idleTimeoutMs a session ends with 1001; pings and pongs are no messages',
    async check(stage) {
      const stand = await stage.mount(defineSession({}), {
        idleTimeoutMs: 30_000,
        heartbeatIntervalMs: 5_000,
      })
      const client = await stand.connect()
      for (let second = 0; second < 29; second++) {
        await stage.advance(1_000)
        await stand.barrier(client)
      }
      assert.equal(client.ending, undefined)
      await stage.advance(2_000)
      assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1001)
      await stage.until(() => stand.observed.codes.includes('ES_ERR_IDLE'), 'the error')
    },
  },
  {
    id: 'ES-5.12',
    title: 'a message either way starts the idle time again; by default there is no idle time',
    async check(stage) {
      const options = { heartbeatIntervalMs: 0 }
      const receiving = await stage.mount(defineSession({}), { ...options, idleTimeoutMs: 30_000 })
      const sending = await stage.mount(defineSession({}), { ...options, idleTimeoutMs: 30_000 })
      const silent = await stage.mount(defineSession({}), options)
      const clients = [await receiving.connect(), await sending.connect(), await silent.connect()]
      for (let round = 1; round <= 4; round++) {
        await stage.advance(25_000, 5_000)
        clients[0]?.send('a message')
        sending.session.send('a message')
        await stage.until(
          () => receiving.sessions.counters().messagesIn === round,
          'the arrival of a message',
        )
      }
      assert.deepEqual(
        clients.map(({ ending }) => ending),
        [undefined, undefined, undefined],
      )
      await stage.advance(32_000)
      for (const client of clients.slice(0, 2)) {
        assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1001)
      }
      assert.equal(clients[2]?.ending, undefined)
    },
  },
]
