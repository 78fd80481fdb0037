import assert from 'node:assert/strict'
import { defineSession, type SessionsOptions } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'
import type { Stage } from '../stage.js'
import type { Stand } from '../stand.js'

const FOREIGN = 'https://foreign.test'

async function statusFor(stand: Stand, origin: string | readonly string[] | undefined): Promise<number> {
  return (await stand.request({ headers: { origin } })).status
}

/** Judges one origin with one setting. */
async function judged(
  stage: Stage,
  origin: string | undefined,
  options: SessionsOptions,
  expected: number,
): Promise<void> {
  const stand = await stage.mount(echo, options)
  assert.equal(await statusFor(stand, origin), expected, `${String(origin)} with ${JSON.stringify(options)}`)
}

/** Who may connect, by the Origin header. */
export const ORIGIN: readonly Clause[] = [
  {
    id: 'ES-1.15',
    title: "without configuration the server's own origin may connect and every other gets 403",
    async check(stage) {
      const stand = await stage.mount(echo)
      assert.equal(await statusFor(stand, stand.origin), 101)
      assert.equal(await statusFor(stand, FOREIGN), 403)
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_ORIGIN, 1)
    },
  },
  {
    id: 'ES-1.16',
    title: 'origins are compared exactly: scheme, host and port, in the form that browsers send',
    async check(stage) {
      const stand = await stage.mount(echo)
      const { origin } = stand
      const { protocol, host, hostname } = new URL(origin)
      const otherScheme = protocol === 'http:' ? 'https:' : 'http:'
      const wrong = [
        'null',
        '',
        `${otherScheme}//${host}`,
        `${protocol}//${hostname}:1`,
        `${origin}.evil.test`,
        `${protocol}//evil${host}`,
        `${protocol}//${host}@evil.test`,
        `${origin}/`,
        origin.replace('http', 'HTTP'),
        ` ${origin} ${origin}`,
      ]
      for (const value of wrong) assert.equal(await statusFor(stand, value), 403, JSON.stringify(value))
      assert.equal(await statusFor(stand, [origin, origin]), 403, 'two Origin headers')
    },
  },
  {
    id: 'ES-1.17',
    title: 'a request without an Origin passes, unless requireOrigin is on: then it gets 403',
    async check(stage) {
      await judged(stage, undefined, {}, 101)
      await judged(stage, undefined, { requireOrigin: true }, 403)
      await judged(stage, undefined, { requireOrigin: true, allowedOrigins: '*' }, 403)
    },
  },
  {
    id: 'ES-1.18',
    title: "allowedOrigins may be a list, in which 'same-origin' may stand, or '*' for every origin",
    async check(stage) {
      const list = ['https://app.example.com', 'https://other.example.com:8443']
      for (const origin of list) await judged(stage, origin, { allowedOrigins: list }, 101)
      const wrong = [
        'https://app.example.com:8443',
        'http://app.example.com',
        'https://app.example.com.evil.test',
      ]
      for (const origin of wrong) await judged(stage, origin, { allowedOrigins: list }, 403)
      const alone = await stage.mount(echo, { allowedOrigins: list })
      assert.equal(await statusFor(alone, alone.origin), 403, 'a list replaces the default')
      const together = await stage.mount(echo, { allowedOrigins: [...list, 'same-origin'] })
      assert.equal(await statusFor(together, together.origin), 101)
      assert.equal(await statusFor(together, 'same-origin'), 403, 'the words are no origin')
      await judged(stage, FOREIGN, { allowedOrigins: '*' }, 101)
    },
  },
  {
    id: 'ES-1.19',
    title: 'allowedOrigins may be a predicate, asked about well-formed origins only, and only true lets in',
    async check(stage) {
      const asked: string[] = []
      const stand = await stage.mount(echo, {
        allowedOrigins(origin, request) {
          asked.push(`${origin} ${request.path}`)
          return origin === FOREIGN
        },
      })
      assert.equal(await statusFor(stand, FOREIGN), 101)
      assert.equal(await statusFor(stand, stand.origin), 403)
      for (const origin of ['null', `${FOREIGN}/`, 'HTTPS://foreign.test']) {
        assert.equal(await statusFor(stand, origin), 403, origin)
      }
      assert.deepEqual(asked, [`${FOREIGN} ${stand.path}`, `${stand.origin} ${stand.path}`])
      const answers: unknown[] = [Promise.resolve(true), 'yes', 1, undefined]
      const lax = await stage.mount(echo, { allowedOrigins: () => answers.shift() as boolean })
      for (let n = answers.length; n > 0; n--) assert.equal(await statusFor(lax, FOREIGN), 403)
    },
  },
  {
    id: 'ES-1.20',
    title: 'the origin is judged before authorize runs',
    async check(stage) {
      const stand = await stage.mount(defineSession({ authorize: () => stage.trace.add('authorize') }))
      assert.equal(await statusFor(stand, FOREIGN), 403)
      assert.equal(stage.trace.count(), 0)
      assert.equal(await statusFor(stand, stand.origin), 101)
      assert.deepEqual(stage.trace.entries, ['authorize'])
    },
  },
]
