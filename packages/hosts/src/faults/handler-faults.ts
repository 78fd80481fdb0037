import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import { Opcode, RawConnection, turn, until } from '@echosession/probe'
import { define, type Fault } from './stage.js'

type Fail = () => unknown

const WAYS: readonly (readonly [string, (error: unknown) => unknown])[] = [
  [
    'throws',
    (error) => {
      throw error
    },
  ],
  ['rejects', (error) => Promise.reject(error)],
  [
    'rejects later',
    async (error) => {
      await turn()
      throw error
    },
  ],
]

const ERRORS: readonly (readonly [string, () => unknown])[] = [
  ['an Error', () => new Error('no')],
  ['undefined', () => undefined],
  [
    'a proxy that throws',
    () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('no')
          },
          getPrototypeOf() {
            throw new Error('no')
          },
        },
      ),
  ],
]

const PHASES = ['open', 'message', 'ping', 'pong', 'error', 'close'] as const

/** Rows of the catalogue about handlers that fail. */
export const handlerFaults: readonly Fault[] = [
  {
    row: 'R5',
    title: 'a handler that fails anywhere, in any way, ends its own session alone, with 1011',
    async run(stage) {
      let failing: (typeof PHASES)[number] | undefined
      let fail: Fail = () => undefined
      let closes = 0
      const failIf = (phase: (typeof PHASES)[number]) => (failing === phase ? fail() : undefined)
      const host = await stage.mount({
        routes: {
          '/ws': define({
            open: () => failIf('open'),
            message(session, message) {
              if (failing === 'error') throw new Error('first')
              if (failing === 'message') return fail()
              session.send(message)
              return undefined
            },
            ping: () => failIf('ping'),
            pong: () => failIf('pong'),
            error: () => failIf('error'),
            close() {
              closes++
              return failIf('close')
            },
          }),
        },
      })
      const bystander = await RawConnection.upgrade(host, '/alive')
      for (const phase of PHASES) {
        for (const [how, way] of WAYS) {
          for (const [what, make] of ERRORS) {
            const label = `${phase} ${how} ${what}`
            fail = () => way(make())
            failing = phase
            stage.errors.length = 0
            closes = 0
            const client = await RawConnection.upgrade(host, '/ws')
            client.send(Opcode.ping)
            client.send(Opcode.pong)
            if (phase !== 'open') client.send(Opcode.text, 'go')
            if (phase === 'close') client.close(1000)
            assert.equal((await client.closed()).code, phase === 'close' ? 1000 : 1011, label)
            client.close(1011)
            await client.gone()
            await until(() => closes === 1, `${label}: one close`)
            await until(() => stage.errors.length === (phase === 'error' ? 2 : 1), `${label}: told`)
          }
        }
      }
      failing = undefined
      bystander.send(Opcode.text, 'still here')
      assert.equal(await bystander.message(), 'still here')
      bystander.close(1000)
      await bystander.gone()
    },
  },
  {
    row: 'R5',
    title: 'a drain that fails ends its session; a failure after the close is only told',
    async run(stage) {
      const host = await stage.mount({
        options: { highWaterBytes: 1_000 },
        routes: {
          '/drain': define({
            message: (session) => void session.send(new Uint8Array(32_000_000)),
            drain() {
              throw new Error('no')
            },
          }),
          '/late': define({
            async message(session) {
              await new Promise<void>((resolve) => session.signal.addEventListener('abort', () => resolve()))
              throw new Error('too late')
            },
          }),
        },
      })
      const client = await RawConnection.upgrade(host, '/drain')
      client.socket.pause()
      client.send(Opcode.text, 'go')
      await until(() => host.sessions.counters().bufferedBytes > 1_000, 'bytes that wait')
      client.socket.resume()
      assert.equal((await client.closed()).code, 1011)
      client.close(1011)
      await client.gone()
      stage.errors.length = 0
      const late = await RawConnection.upgrade(host, '/late')
      late.send(Opcode.text, 'go')
      late.close(1000)
      assert.equal((await late.closed()).code, 1000)
      await late.gone()
      await until(() => stage.errors.length === 1, 'the late error')
    },
  },
  {
    row: 'R5',
    title: 'a read loop that throws is a 1011, one that returns a 1000',
    async run(stage) {
      const host = await stage.mount({
        routes: {
          '/ws': defineSession(async (session) => {
            for await (const message of session) {
              if (message.text() === 'throw') throw new Error('no')
              return
            }
          }),
        },
      })
      for (const [text, code] of [
        ['throw', 1011],
        ['return', 1000],
      ] as const) {
        const client = await RawConnection.upgrade(host, '/ws')
        client.send(Opcode.text, text)
        assert.equal((await client.closed()).code, code)
        client.close(code)
        await client.gone()
      }
    },
  },
  {
    row: 'C21',
    title:
      'send after the close answers false and throws nothing; a wrong message throws before a byte leaves',
    async run(stage) {
      const results: unknown[] = []
      const detached = new Uint8Array(8)
      structuredClone(detached.buffer, { transfer: [detached.buffer] })
      const wrong: unknown[] = [1, {}, [], null, undefined, true, 1n, new Map(), new Uint16Array(2), detached]
      const host = await stage.mount({
        routes: {
          '/ws': define({
            message(session) {
              const send = session.send.bind(session) as (data: unknown) => boolean
              for (const data of wrong) {
                try {
                  results.push(send(data))
                } catch (error) {
                  results.push(error instanceof TypeError)
                }
              }
              session.close(1000)
              results.push(session.send('closing'), session.bufferedBytes)
            },
            close: (session) => void results.push(session.send('closed'), session.bufferedBytes),
          }),
        },
      })
      const client = await RawConnection.upgrade(host, '/ws')
      client.send(Opcode.text, 'go')
      const first = await client.next()
      assert.equal(first?.opcode, Opcode.close, 'the first thing sent is the close')
      client.close(1000)
      await client.gone()
      await until(() => results.length === wrong.length + 4, 'every result')
      assert.deepEqual(
        results.slice(0, wrong.length),
        wrong.map(() => true),
      )
      assert.equal(results[wrong.length], false)
      assert.deepEqual(results.slice(-2), [false, 0])
    },
  },
]
