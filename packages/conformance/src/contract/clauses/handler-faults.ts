import assert from 'node:assert/strict'
import { defineSession, type EchoSession, type HandlerPhase, type SessionHandler } from '@echosession/core'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'
import type { Capability } from '../target.js'

type Callback = 'open' | 'message' | 'ping' | 'pong' | 'drain' | 'close'

const CHUNK = 'x'.repeat(65_536)
const TROUBLE = new Error('on purpose')

function failing(isAsync: boolean, error: unknown): () => Promise<void> | never {
  return () => {
    if (isAsync) return Promise.reject(error)
    throw error
  }
}

/** Makes the host call a callback. */
const PROVOKE: Readonly<Record<Callback, (stand: Stand, client: ContractClient) => void>> = {
  open: () => {},
  message: (_stand, client) => client.send('x'),
  ping: (_stand, client) => client.ping(),
  pong: (_stand, client) => client.pong(),
  drain(stand, client) {
    client.pause()
    for (let n = 0; n < 2_000 && stand.session.send(CHUNK); n++);
    client.resume()
  },
  close: (_stand, client) => client.close(4000),
}

interface Fault {
  readonly stand: Stand
  readonly client: ContractClient
  /** The errors that the error callback was called with. */
  readonly handled: readonly unknown[]
}

/** Lets one callback fail on a session of its own and waits until the connection is gone. */
async function provoke(
  stage: Stage,
  callback: Callback,
  isAsync: boolean,
  error: unknown = TROUBLE,
  more: SessionHandler = {},
): Promise<Fault> {
  const handled: unknown[] = []
  const stand = await stage.mount(
    defineSession({
      error: (_session: EchoSession, thrown: unknown) => void handled.push(thrown),
      ...more,
      [callback]: failing(isAsync, error),
    }),
    { highWaterBytes: 10_000, maxBufferedBytes: 100_000_000 },
  )
  const client = await stand.connect()
  PROVOKE[callback](stand, client)
  await stage.soon(client.closed, `the end of the session after ${callback}`)
  await stage.until(() => stand.observed.errors.length > 0, `the error of ${callback}`)
  await stage.until(() => stand.sessions.size === 0, 'the end of the session')
  await stage.settle()
  return { stand, client, handled }
}

function phases(stand: Stand): [unknown, HandlerPhase][] {
  return stand.observed.errors.map(({ error, phase }) => [error, phase])
}

/** A clause for one callback that fails: the error goes where it belongs, the session ends with 1011. */
function fails(id: Clause['id'], callback: Exclude<Callback, 'close'>, needs: Capability[] = []): Clause {
  return {
    id,
    needs,
    title: `a throw or rejection in ${callback} goes to error and to the observers, and ends the session with 1011`,
    async check(stage) {
      for (const isAsync of [false, true]) {
        const { stand, client, handled } = await provoke(stage, callback, isAsync)
        assert.equal(client.ending?.code, 1011)
        assert.equal(stand.observed.closed[0]?.event.code, 1011)
        assert.deepEqual(handled, [TROUBLE])
        assert.deepEqual(phases(stand), [[TROUBLE, callback]])
        assert.equal(stand.observed.errors[0]?.session, stand.session)
        assert.equal(stand.sessions.counters().handlerErrors, 1)
      }
    },
  }
}

/** What a handler that throws or rejects does. */
export const HANDLER_FAULTS: readonly Clause[] = [
  fails('ES-7.1', 'open'),
  fails('ES-7.2', 'message'),
  fails('ES-7.3', 'ping', ['ping']),
  fails('ES-7.4', 'pong', ['ping']),
  fails('ES-7.5', 'drain'),
  {
    id: 'ES-7.6',
    title:
      'a throw or rejection in close or in error goes to the observers, is counted and changes nothing else',
    async check(stage) {
      for (const isAsync of [false, true]) {
        const closing = await provoke(stage, 'close', isAsync)
        assert.equal(closing.client.ending?.code, 4000)
        assert.equal(closing.stand.observed.closed[0]?.event.code, 4000)
        assert.deepEqual(closing.handled, [], 'nothing is called after close')
        assert.deepEqual(phases(closing.stand), [[TROUBLE, 'close']])
        const second = new Error('in error')
        const failed = await provoke(stage, 'message', isAsync, TROUBLE, {
          error: failing(isAsync, second),
          close: () => stage.trace.add('close'),
        })
        assert.equal(failed.client.ending?.code, 1011)
        assert.deepEqual(phases(failed.stand), [
          [TROUBLE, 'message'],
          [second, 'error'],
        ])
        assert.equal(failed.stand.sessions.counters().handlerErrors, 2)
      }
      assert.equal(stage.trace.count('close'), 2)
    },
  },
  {
    id: 'ES-7.7',
    title: 'a throw or rejection in a read loop is reported and ends the session with 1011',
    async check(stage) {
      const loops = [
        failing(false, TROUBLE),
        failing(true, TROUBLE),
        async (session: EchoSession) => {
          for await (const _message of session) throw TROUBLE
        },
      ]
      for (const loop of loops) {
        const stand = await stage.mount(defineSession(loop))
        const client = await stand.connect()
        client.send('x')
        assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1011)
        await stage.until(() => stand.observed.closed.length === 1, 'the end of the session')
        assert.deepEqual(phases(stand), [[TROUBLE, 'run']])
        assert.equal(stand.sessions.counters().closedByCode[1011], 1)
      }
    },
  },
  {
    id: 'ES-7.8',
    title: 'whatever is thrown, wherever, no error reaches the process',
    async check(stage) {
      const hostile = new Proxy(
        {},
        {
          get() {
            throw new Error('touched')
          },
        },
      )
      const thrown: unknown[] = [undefined, null, 0, 'text', Object.freeze(new Error('frozen')), hostile]
      for (const callback of ['open', 'message', 'close'] as const) {
        for (const error of thrown) {
          for (const isAsync of [false, true]) {
            const { stand } = await provoke(stage, callback, isAsync, error, {
              error: failing(isAsync, error),
            })
            assert.equal(stand.sessions.counters().handlerErrors, callback === 'close' ? 1 : 2)
          }
        }
      }
    },
  },
]
