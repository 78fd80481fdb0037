import assert from 'node:assert/strict'
import { defineSession, type RejectOptions, reject } from '@echosession/core'
import type { Clause } from '../clause.js'
import { createGate } from '../gate.js'

const SECRET = 'correct horse battery staple'

/** `authorize`: the handler's own word before the 101. */
export const AUTHORIZE: readonly Clause[] = [
  {
    id: 'ES-1.27',
    title: 'what authorize returns or resolves to becomes session.principal, and the 101 waits for it',
    async check(stage) {
      const gate = createGate<string>()
      const sync = await stage.mount(defineSession({ authorize: () => 'ann' }))
      await sync.connect()
      assert.equal(sync.session.principal, 'ann')
      const async = await stage.mount(defineSession({ authorize: () => gate.opened }))
      const answer = async.request()
      await stage.until(() => async.sessions.counters().pending === 1, 'a pending handshake')
      assert.equal(async.sessions.size, 0)
      gate.open('ben')
      assert.equal((await answer).status, 101)
      assert.equal(async.session.principal, 'ben')
    },
  },
  {
    id: 'ES-1.28',
    title: 'reject is answered with its status, headers and body',
    async check(stage) {
      const options: RejectOptions = {
        headers: { 'X-Reason': 'closed', 'Retry-After': '7' },
        body: 'come back later',
      }
      for (const isAsync of [false, true]) {
        const stand = await stage.mount(
          defineSession({
            authorize: () =>
              isAsync ? Promise.resolve().then(() => reject(451, options)) : reject(451, options),
          }),
        )
        const answer = await stand.request()
        assert.equal(answer.status, 451)
        assert.equal(answer.headers.get('x-reason'), 'closed')
        assert.equal(answer.headers.get('retry-after'), '7')
        assert.equal(answer.body, 'come back later')
        assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_REJECTED, 1)
        assert.equal(stand.sessions.counters().handlerErrors, 0, 'a rejection is no error')
      }
    },
  },
  {
    id: 'ES-1.29',
    title: 'a 401 says how to authenticate: WWW-Authenticate as given, or Bearer',
    async check(stage) {
      const bare = await stage.mount(defineSession({ authorize: () => reject(401) }))
      const plain = await bare.request()
      assert.equal(plain.status, 401)
      assert.equal(plain.headers.get('www-authenticate'), 'Bearer')
      const headers = { 'www-authenticate': 'Basic realm="x"' }
      const named = await stage.mount(defineSession({ authorize: () => reject(401, { headers }) }))
      assert.equal((await named.request()).headers.get('www-authenticate'), 'Basic realm="x"')
      const forbidden = await stage.mount(defineSession({ authorize: () => reject(403) }))
      assert.equal((await forbidden.request()).headers.get('www-authenticate'), undefined)
    },
  },
  {
    id: 'ES-1.30',
    title:
      'an authorize that throws or rejects is answered with 500 and nothing of the error, which observers get',
    async check(stage) {
      const thrown: unknown[] = [new Error(SECRET), undefined, null, SECRET, Object.freeze({ SECRET })]
      for (const isAsync of [false, true]) {
        for (const error of thrown) {
          const stand = await stage.mount(
            defineSession({
              authorize() {
                if (isAsync) return Promise.reject(error)
                throw error
              },
            }),
          )
          const answer = await stand.request()
          assert.equal(answer.status, 500)
          assert.ok(!JSON.stringify([answer.body, ...answer.headers]).includes(SECRET), 'the error leaks')
          assert.deepEqual(
            stand.observed.errors.map((entry) => [entry.error, entry.phase]),
            [[error, 'authorize']],
          )
          assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_AUTHORIZE, 1)
        }
      }
    },
  },
  {
    id: 'ES-1.31',
    title:
      'reject with a status, header or body that would break the answer is a TypeError, and the client gets 500',
    async check(stage) {
      const wrong: unknown[][] = [
        [99],
        [200],
        [600],
        [401.5],
        ['401'],
        [401, { headers: { 'X-A': 'a\r\nSet-Cookie: b=1' } }],
        [401, { headers: { 'X A': 'a' } }],
        [401, { headers: { 'X-A': 5 } }],
        [401, { body: 5 }],
      ]
      for (const args of wrong) {
        const stand = await stage.mount(
          defineSession({ authorize: () => Reflect.apply(reject, undefined, args) }),
        )
        const answer = await stand.request()
        assert.equal(answer.status, 500, JSON.stringify(args))
        assert.equal(answer.headers.get('set-cookie'), undefined)
        assert.deepEqual(stand.observed.codes, ['ES_ERR_REJECTION'])
        assert.ok(stand.observed.errors[0]?.error instanceof TypeError)
      }
    },
  },
  {
    id: 'ES-1.32',
    title:
      'an authorize that takes longer than authorizeTimeoutMs is aborted and answered with 503 and Retry-After',
    async check(stage) {
      let signal: AbortSignal | undefined
      const stand = await stage.mount(
        defineSession({
          authorize(_request, context) {
            signal = context.signal
            return new Promise(() => {})
          },
        }),
        { authorizeTimeoutMs: 3_000 },
      )
      const pending = stand.request()
      await stage.until(() => signal !== undefined, 'the call of authorize')
      stage.clock.advance(2_999)
      await stage.settle()
      assert.equal(stand.sessions.counters().pending, 1)
      assert.equal(signal?.aborted, false)
      stage.clock.advance(1)
      const answer = await pending
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '5')
      assert.equal(signal?.aborted, true)
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_AUTHORIZE_TIMEOUT, 1)
    },
  },
  {
    id: 'ES-1.33',
    title:
      'a client that leaves while authorize runs costs nothing: signal aborted, no session, not an error',
    async check(stage) {
      for (const leaveBy of ['fin', 'rst'] as const) {
        const gate = createGate()
        let signal: AbortSignal | undefined
        const stand = await stage.mount(
          defineSession({
            authorize(_request, context) {
              signal = context.signal
              return gate.opened
            },
            open: () => stage.trace.add('open'),
          }),
        )
        const leave = new AbortController()
        const left = stand.request({ leave: leave.signal, leaveBy })
        await stage.until(() => signal !== undefined, 'the call of authorize')
        leave.abort()
        await stage.until(() => signal?.aborted === true, `the abort of authorize after a ${leaveBy}`)
        assert.equal((await left).status, 0)
        gate.open()
        await stage.settle()
        const { pending, opened, rejectedByCode, handlerErrors } = stand.sessions.counters()
        assert.deepEqual([pending, opened, rejectedByCode.ES_ERR_ABORTED, handlerErrors], [0, 0, 1, 0])
        assert.equal(stand.observed.rejected[0]?.status, 0)
        assert.equal(stage.trace.count('open'), 0)
      }
    },
  },
  {
    id: 'ES-1.34',
    title: 'what authorize does after the handshake is over changes nothing',
    async check(stage) {
      for (const fails of [false, true]) {
        const gate = createGate()
        const stand = await stage.mount(defineSession({ authorize: () => gate.opened }))
        const pending = stand.request()
        await stage.until(() => stand.sessions.counters().pending === 1, 'a pending handshake')
        stage.clock.advance(10_000)
        assert.equal((await pending).status, 503)
        if (fails) gate.fail(new Error('too late'))
        else gate.open()
        await stage.settle()
        const { opened, rejected, handlerErrors } = stand.sessions.counters()
        assert.deepEqual([opened, rejected, handlerErrors, stand.sessions.size], [0, 1, 0, 0])
      }
    },
  },
]
