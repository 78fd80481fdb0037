import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import { echo } from '../echo.js'
import { createGate } from '../gate.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'

const STEP_MS = 100
const HEARTBEAT = { heartbeatIntervalMs: 10_000, heartbeatTimeoutMs: 4_000 }

/** Moves the clock on until each of these clients has been sent its next ping, and has it. */
async function pinged(stage: Stage, stand: Stand, ...clients: ContractClient[]): Promise<void> {
  const wanted = stand.sessions.counters().pings + clients.length
  for (let step = 0; stand.sessions.counters().pings < wanted; step++) {
    assert.ok(step < 200, 'no ping went out')
    await stage.advance(STEP_MS)
  }
  await stage.until(() => clients.every(({ pings }) => pings.length > 0), 'the ping')
}

/** Pings, pongs and what a peer that answers none of them gets. */
export const HEARTBEAT_CLAUSES: readonly Clause[] = [
  {
    id: 'ES-5.1',
    title: 'a ping goes out every heartbeatIntervalMs, the first no later than that after the open',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(echo, HEARTBEAT)
      const client = await stand.connect()
      for (let ping = 1; ping <= 4; ping++) {
        await stage.advance(10_500)
        await stand.barrier(client)
        await stand.barrier(client)
        assert.equal(stand.sessions.counters().pings, ping)
      }
    },
  },
  {
    id: 'ES-5.2',
    title:
      'a peer from which nothing comes for heartbeatTimeoutMs after a ping is dropped: 1006, not clean, counted',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(
        defineSession({ close: (_session, { code, clean }) => stage.trace.add(`close ${code} ${clean}`) }),
        HEARTBEAT,
      )
      const client = await stand.connect()
      client.holdPongs()
      await pinged(stage, stand, client)
      await stage.advance(3_500, 500)
      assert.equal(stand.session.state, 'open')
      await stage.advance(1_500, 500)
      await stage.until(() => stage.trace.has('close 1006 false'), 'the end of the session')
      client.resume()
      assert.equal((await stage.soon(client.closed, 'the end at the client')).code, 1006)
      assert.equal(stand.sessions.counters().heartbeatTimeouts, 1)
      assert.deepEqual(stand.observed.codes, ['ES_ERR_HEARTBEAT'])
    },
  },
  {
    id: 'ES-5.3',
    title: 'whatever comes from the peer shows that it lives: a message or a ping as well as a pong',
    needs: ['ping'],
    async check(stage) {
      const kinds = ['send', 'ping', 'pong'] as const
      for (const kind of kinds) {
        const sign = (): void => stage.trace.add(kind)
        const stand = await stage.mount(defineSession({ message: sign, ping: sign, pong: sign }), HEARTBEAT)
        const client = await stand.connect()
        client.holdPongs()
        await pinged(stage, stand, client)
        for (let second = 1; second <= 60; second++) {
          if (kind === 'send') client.send('I live')
          else client[kind](Buffer.from('I live'))
          await stage.until(() => stage.trace.count(kind) === second, 'the sign of life')
          await stage.advance(1_000)
        }
        assert.equal(stand.session.state, 'open', kind)
        client.terminate()
      }
    },
  },
  {
    id: 'ES-5.4',
    title:
      'rttMs is the time from a ping to the pong that answers it; a pong that nobody asked for changes nothing',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(defineSession({ pong: () => stage.trace.add('pong') }), HEARTBEAT)
      const client = await stand.connect()
      client.holdPongs()
      assert.equal(stand.session.rttMs, undefined)
      for (const [round, ms] of [300, 700].entries()) {
        const before: number | undefined = stand.session.rttMs
        await pinged(stage, stand, client)
        client.pong(Buffer.from('none'))
        client.pong()
        await stage.until(
          () => stage.trace.count('pong') === round * 3 + 2,
          'two pongs that nobody asked for',
        )
        assert.equal(stand.session.rttMs, before)
        stage.clock.advance(ms)
        client.releasePongs()
        await stage.until(() => stage.trace.count('pong') === round * 3 + 3, 'the pong')
        const { rttMs = 0 } = stand.session
        assert.ok(rttMs >= ms && rttMs <= ms + STEP_MS, `${rttMs} ms for ${ms} ms`)
        client.holdPongs()
      }
    },
  },
  {
    id: 'ES-5.5',
    title: 'a stalled event loop does not drop the living, and does not save the dead',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(echo, HEARTBEAT)
      const living = await stand.connect()
      living.holdPongs()
      const dead = await stand.connect()
      dead.holdPongs()
      await pinged(stage, stand, living, dead)
      // The pong is on its way while the process stands still.
      living.releasePongs()
      stage.clock.jump(60_000)
      await stand.barrier(living)
      await stage.advance(2_000, 250)
      assert.equal(living.ending, undefined)
      assert.equal(stand.sessions.counters().heartbeatTimeouts, 1, 'the dead one is found')
      assert.ok(
        stand.observed.lags.some((lagMs) => lagMs > 50_000),
        'the stall is reported',
      )
    },
  },
  {
    id: 'ES-5.6',
    title: 'a peer that is not read from, because its handler is slow, is not taken for dead',
    needs: ['ping', 'pause'],
    async check(stage) {
      const gate = createGate()
      const stand = await stage.mount(
        defineSession({
          async message(session, message) {
            await gate.opened
            session.send(message)
          },
        }),
        { ...HEARTBEAT, maxQueuedMessages: 1 },
      )
      const client = await stand.connect()
      const count = stage.capabilities.network ? 200 : 20
      for (let n = 0; n < count; n++) client.send(Buffer.alloc(16_384))
      await stage.until(() => stand.sessions.counters().messagesIn >= 2, 'messages that wait')
      await stage.settle()
      await stage.advance(60_000)
      assert.equal(stand.session.state, 'open')
      gate.open()
      await stage.until(() => client.received.length === count, 'the answers')
    },
  },
  {
    id: 'ES-5.7',
    title: 'the pings of many sessions are spread over the interval',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(echo, { heartbeatIntervalMs: 10_000 })
      for (let n = 0; n < 40; n++) await stand.connect()
      let most = 0
      for (let step = 0; step < 40; step++) {
        const before = stand.sessions.counters().pings
        await stage.advance(250)
        most = Math.max(most, stand.sessions.counters().pings - before)
      }
      assert.ok(stand.sessions.counters().pings >= 40, 'every session was pinged')
      assert.ok(most <= 10, `${most} of 40 pings went out within a fortieth of the interval`)
    },
  },
  {
    id: 'ES-5.8',
    title: 'heartbeatIntervalMs 0 turns the heartbeat off',
    needs: ['ping'],
    async check(stage) {
      const stand = await stage.mount(echo, { ...HEARTBEAT, heartbeatIntervalMs: 0 })
      const client = await stand.connect()
      client.holdPongs()
      await stage.advance(120_000, 5_000)
      assert.equal(stand.session.state, 'open')
      assert.equal(stand.sessions.counters().pings, 0)
    },
  },
  {
    id: 'ES-5.9',
    title: 'all sessions share one timer, and none is left when the last session has gone',
    async check(stage) {
      const stand = await stage.mount(echo, { ...HEARTBEAT, idleTimeoutMs: 50_000 })
      const clients = [await stand.connect()]
      const forOne = stage.clock.pending
      for (let n = 0; n < 9; n++) clients.push(await stand.connect())
      await stage.advance(3_000)
      assert.equal(stage.clock.pending, forOne)
      for (const client of clients) client.close(1000)
      await stage.until(() => stand.sessions.size === 0, 'the end of all sessions')
      assert.equal(stage.clock.pending, 0)
    },
  },
  {
    id: 'ES-5.10',
    title: 'a ping of the peer is answered at once by a pong with the same payload, once',
    async check(stage) {
      const stand = await stage.mount(defineSession({ open: () => new Promise(() => {}) }), {
        heartbeatIntervalMs: 0,
      })
      const client = await stand.connect()
      const payloads = [Buffer.alloc(0), Buffer.from('ping'), Buffer.alloc(125, 0xff)]
      for (const payload of payloads) client.ping(payload)
      await stage.until(() => client.pongs.length >= 3, 'three pongs')
      await stand.barrier(client)
      assert.deepEqual(
        client.pongs.slice(0, 3).map((payload) => Buffer.from(payload)),
        payloads,
      )
      assert.equal(client.pongs.length, 4)
    },
  },
]
