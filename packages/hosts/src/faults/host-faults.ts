import assert from 'node:assert/strict'
import { exchange, Opcode, RawConnection, turn, until, upgradeRequest, within } from '@echosession/probe'
import type { OwnAnswer } from '../host.js'
import { define, echo, type Fault, untilUnconnected } from './stage.js'

const ORDINARY = (path: string, method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`

/** What holds between the session and the host's own pipeline, and when the host shuts down. */
export const hostFaults: readonly Fault[] = [
  {
    row: 'A6',
    title: "middleware's own rejection reaches the client as it is, and the session never hears of it",
    async run(stage) {
      let asked = 0
      const host = await stage.mount({
        routes: { '/ws': define({ authorize: () => void asked++ }) },
        async before({ header, setHeader, path }): Promise<OwnAnswer | undefined> {
          if (path === '/alive') return undefined
          setHeader('Set-Cookie', 'a=1; Path=/')
          setHeader('Set-Cookie', 'b=2; HttpOnly')
          setHeader('Retry-After', '7')
          if (header('x-late') !== undefined) for (let turns = 0; turns < 5; turns++) await turn()
          return { status: 429, body: 'Slow down, please.\n' }
        },
      })
      for (const headers of [[], ['X-Late: 1']]) {
        const answer = await exchange(host, upgradeRequest('/ws', { headers }))
        assert.equal(answer.status, 429)
        assert.equal(answer.statusText, 'Too Many Requests')
        assert.deepEqual(answer.headers['set-cookie'], ['a=1; Path=/', 'b=2; HttpOnly'])
        assert.deepEqual(answer.headers['retry-after'], ['7'])
        assert.deepEqual(answer.headers.connection, ['close'])
        assert.equal(answer.body, 'Slow down, please.\n')
      }
      assert.equal(asked, 0)
      assert.equal(host.sessions.counters().rejected, 0)
    },
  },
  {
    row: 'A7',
    title: 'headers that middleware has set go out on the 101, each once, and on a refusal too',
    async run(stage) {
      const host = await stage.mount({
        routes: {
          '/ws': echo,
          '/no': define({
            authorize() {
              throw new Error('no')
            },
          }),
        },
        before({ setHeader }) {
          setHeader('Set-Cookie', 'a=1')
          setHeader('Set-Cookie', 'b=2')
          setHeader('X-Frame-Options', 'DENY')
          return undefined
        },
      })
      const answer = await exchange(host, upgradeRequest('/ws'))
      assert.equal(answer.status, 101)
      assert.equal(answer.statusText, 'Switching Protocols')
      assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
      assert.deepEqual(answer.headers['x-frame-options'], ['DENY'])
      assert.deepEqual(answer.headers.connection, ['Upgrade'])
      assert.deepEqual(answer.headers.upgrade, ['websocket'])
      assert.equal(answer.headers['sec-websocket-accept']?.length, 1)
      for (const name of ['content-length', 'content-type', 'transfer-encoding', 'keep-alive']) {
        assert.equal(answer.headers[name], undefined, `${name} has no place on a 101`)
      }
      await until(() => host.sessions.size === 0, 'the end of the session')
    },
  },
  {
    row: 'A5',
    title: 'middleware that never answers is a 503 at the deadline, and the socket is gone',
    async run(stage) {
      const host = await stage.mount({
        routes: { '/ws': echo },
        options: { authorizeTimeoutMs: 60 },
        before: ({ path }) => (path === '/alive' ? undefined : new Promise(() => {})),
      })
      const answer = await exchange(host, upgradeRequest('/ws'))
      assert.equal(answer.status, 503)
      assert.equal(stage.lastRejection, 'ES_ERR_AUTHORIZE_TIMEOUT')
      assert.notEqual(answer.headers['retry-after'], undefined)
    },
  },
  {
    row: 'A9',
    title: 'an ordinary GET or HEAD of a session is a 426 that names websocket, and the connection may go on',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const get = await exchange(host, ORDINARY('/ws'))
      assert.equal(get.status, 426)
      assert.deepEqual(get.headers.upgrade, ['websocket'])
      assert.match(get.headers.connection?.join() ?? '', /upgrade/i)
      const head = await exchange(host, ORDINARY('/ws', 'HEAD'))
      assert.equal(head.status, 426)
      assert.equal(head.body, '')
      assert.equal((await exchange(host, ORDINARY('/nowhere'))).status, 404)
    },
  },
  {
    row: 'A9',
    title: 'ordinary requests keep their connection alive, also behind an upgrade listener',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const client = await RawConnection.open(host)
      const request = 'GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
      for (let count = 1; count <= 3; count++) {
        client.write(request)
        await until(() => (client.text.match(/HTTP\/1\.1 404/g)?.length ?? 0) === count, `answer ${count}`)
        assert.equal(client.ended, false)
      }
      assert.doesNotMatch(client.text, /connection: close/i)
      client.socket.destroy()
    },
  },
  {
    row: 'E32',
    title: 'a shutdown says 1001 to sessions, refuses what waits, cuts the silent, and leaves nothing behind',
    async run(stage) {
      let asked = 0
      const host = await stage.mount({
        options: { closeTimeoutMs: 100, drainTimeoutMs: 2_000, drainSpreadMs: 0 },
        routes: {
          '/ws': echo,
          '/slow': define({
            authorize: () => {
              asked++
              return new Promise(() => {})
            },
          }),
        },
      })
      const polite = await RawConnection.upgrade(host, '/ws')
      const silent = await RawConnection.upgrade(host, '/ws')
      const waiting = await RawConnection.open(host)
      waiting.write(upgradeRequest('/slow'))
      const idle = await RawConnection.open(host)
      idle.write('GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      await idle.head()
      await until(() => asked === 1, 'the call of authorize')
      const closing = host.close()
      assert.equal((await polite.closed()).code, 1001)
      polite.close(1001)
      const refused = await waiting.answer()
      assert.equal(refused.status, 503)
      assert.notEqual(refused.headers['retry-after'], undefined)
      const report = await within(closing, 'the shutdown')
      assert.deepEqual([report.closed, report.cut, report.aborted, report.abandonedHandlers], [1, 1, 1, 0])
      await Promise.all([polite, silent, idle].map((client) => client.gone()))
      await untilUnconnected(host)
    },
  },
  {
    row: 'E32',
    title: 'while it drains, a new upgrade on a connection that was open is a 503 with Retry-After',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { closeTimeoutMs: 500 } })
      const session = await RawConnection.upgrade(host, '/ws')
      const late = await RawConnection.open(host)
      const closing = host.close()
      assert.equal((await session.closed()).code, 1001)
      late.write(upgradeRequest('/ws'))
      const answer = await late.answer()
      assert.equal(answer.status, 503)
      assert.deepEqual(answer.headers['retry-after'], ['5'])
      session.send(Opcode.close, Buffer.from([0x03, 0xe9]))
      await within(closing, 'the shutdown')
    },
  },
]
