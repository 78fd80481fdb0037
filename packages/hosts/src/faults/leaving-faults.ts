import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { reject } from '@echosession/core'
import { encodeFrame, exchange, Opcode, RawConnection, turn, until, upgradeRequest } from '@echosession/probe'
import { createRandom } from './random.js'
import { define, echo, type Fault, untilUnconnected } from './stage.js'

/** How many clients leave in the middle of a handshake; a longer run is asked for by the environment. */
const ROUNDS = Number(process.env.LEAVING_ROUNDS ?? 200)

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await turn()
}

/** Rows of the catalogue about clients that leave, and about what they send ahead of time. */
export const leavingFaults: readonly Fault[] = [
  {
    row: 'H4',
    title: 'a client that leaves while authorize runs aborts it, opens nothing and gives its place back',
    async run(stage) {
      const signals: AbortSignal[] = []
      let opened = 0
      let answer: (value: undefined) => void = () => {}
      const host = await stage.mount({
        routes: {
          '/ws': define({
            authorize(_request, { signal }) {
              signals.push(signal)
              return new Promise((resolve) => {
                answer = resolve
              })
            },
            open: () => void opened++,
          }),
        },
      })
      const { sessions } = host
      for (const leave of ['end', 'reset'] as const) {
        for (const resolves of [false, true]) {
          const client = await RawConnection.open(host)
          client.write(upgradeRequest('/ws'))
          const asked = signals.length + 1
          await until(() => signals.length === asked, 'the call of authorize')
          assert.equal(sessions.counters().pending, 1)
          if (leave === 'end') client.socket.end()
          else client.reset()
          await until(() => signals.at(-1)?.aborted === true, 'the abort of authorize')
          assert.equal(sessions.counters().pending, 0)
          if (resolves) answer(undefined)
          await turns(3)
          assert.equal(stage.lastRejection, 'ES_ERR_ABORTED')
          await client.gone()
        }
      }
      assert.equal(opened, 0)
      assert.deepEqual(stage.hostErrors, [], 'a client that leaves is no error of the host')
    },
  },
  {
    row: 'H4',
    title: 'a client that resets when it has been refused costs nothing',
    async run(stage) {
      const host = await stage.mount({
        routes: { '/ws': define({ authorize: () => reject(403) }) },
        before: ({ path }) => (path === '/forbidden' ? { status: 403, body: 'no' } : undefined),
      })
      const refused = [
        [upgradeRequest('/ws', { headers: ['Host: a/b'] }), 400],
        [upgradeRequest('/ws', { without: ['Sec-WebSocket-Key'] }), 400],
        [upgradeRequest('/ws'), 403],
        [upgradeRequest('/forbidden'), 403],
        [upgradeRequest('/nowhere'), 404],
      ] as const
      for (const [request, status] of refused) {
        const client = await RawConnection.open(host)
        client.write(request)
        assert.equal((await client.head()).status, status)
        client.reset()
        await client.gone()
      }
      await untilUnconnected(host)
      assert.deepEqual(stage.hostErrors, [])
    },
  },
  {
    row: 'H4',
    title: 'clients that leave at any point of the handshake cost nothing',
    async run(stage) {
      const seed = randomInt(1, 2 ** 31)
      const random = createRandom(seed)
      const host = await stage.mount({
        routes: {
          '/ws': echo,
          '/slow': define({
            async authorize() {
              await turns(random(4))
            },
            message: (session, message) => session.send(message),
          }),
        },
      })
      const paths = ['/ws', '/slow', '/slow', '/nowhere']
      const round = async (): Promise<void> => {
        const client = await RawConnection.open(host)
        const request = upgradeRequest(paths[random(paths.length)] as string)
        const bytes = Buffer.concat([Buffer.from(request), encodeFrame(Opcode.text, 'early')])
        // Half of them send it all, the others only a part, in one piece or two.
        const cut = random(2) === 0 ? bytes.length : random(bytes.length)
        client.write(bytes.subarray(0, cut))
        await turns(random(6))
        if (random(3) === 0) client.write(bytes.subarray(cut))
        await turns(random(3))
        if (random(3) === 0) client.socket.end()
        else client.reset()
        if (random(4) === 0) await turns(random(4))
        client.socket.destroy()
      }
      try {
        for (let done = 0; done < ROUNDS; done += 20) {
          await Promise.all(Array.from({ length: 20 }, round))
        }
        await until(() => host.sessions.size + host.sessions.counters().pending === 0, 'quiet')
      } catch (error) {
        throw new Error(`with the seed ${seed}: ${error}`, { cause: error })
      }
      await untilUnconnected(host)
      assert.deepEqual(stage.hostErrors, [])
    },
  },
  {
    row: 'H4',
    title: 'one TCP segment with the upgrade, a message and a close opens and closes exactly once',
    async run(stage) {
      const heard: string[] = []
      const host = await stage.mount({
        routes: {
          '/ws': define({
            async open() {
              await turns(2)
              heard.push('open')
            },
            message: (_session, message) => void heard.push(message.text()),
            close: (_session, { code, clean }) => void heard.push(`${code} ${clean}`),
          }),
        },
      })
      const segment = Buffer.concat([
        Buffer.from(upgradeRequest('/ws')),
        encodeFrame(Opcode.text, 'now'),
        encodeFrame(Opcode.close, Buffer.from([0x03, 0xe8])),
      ])
      for (let round = 0; round < 20; round++) {
        heard.length = 0
        const client = await RawConnection.open(host)
        client.write(segment)
        assert.equal((await client.head()).status, 101)
        assert.equal((await client.closed()).code, 1000)
        await client.gone()
        await until(() => heard.length === 3, 'open, message and close')
        assert.deepEqual(heard, ['open', 'now', '1000 true'])
      }
    },
  },
  {
    row: 'H16',
    title: 'messages that come with the handshake, or while it is decided on, arrive once and in order',
    async run(stage) {
      const heard: string[] = []
      let open: () => void = () => {}
      const host = await stage.mount({
        routes: {
          '/ws': define({
            async authorize() {
              await turns(5)
            },
            open: () =>
              new Promise<void>((resolve) => {
                open = () => {
                  heard.push('open')
                  resolve()
                }
              }),
            message(session, message) {
              heard.push(message.text())
              session.send(message)
            },
          }),
        },
      })
      const client = await RawConnection.open(host)
      const bytes = Buffer.concat([Buffer.from(upgradeRequest('/ws')), encodeFrame(Opcode.text, 'one')])
      const second = encodeFrame(Opcode.text, 'two')
      client.write(Buffer.concat([bytes, second.subarray(0, 3)]))
      await turns(3)
      client.write(second.subarray(3))
      assert.equal((await client.head()).status, 101)
      client.send(Opcode.text, 'three')
      client.send(Opcode.ping, 'there?')
      const pong = await client.next()
      assert.equal(pong?.payload.toString(), 'there?', 'a ping is answered while open runs')
      assert.deepEqual(heard, [])
      open()
      for (const expected of ['one', 'two', 'three']) assert.equal(await client.message(), expected)
      assert.deepEqual(heard, ['open', 'one', 'two', 'three'])
      client.close(1000)
      await client.gone()
    },
  },
  {
    row: 'H16',
    title: 'a client that sends without end before the 101 is not read from without end',
    async run(stage) {
      let decide: (value: undefined) => void = () => {}
      let asked = 0
      const host = await stage.mount({
        routes: {
          '/ws': define({
            authorize: () => {
              asked++
              return new Promise((resolve) => {
                decide = resolve
              })
            },
            message: (session, message) => session.send(`${message.bytes.byteLength}`),
          }),
        },
      })
      const client = await RawConnection.open(host)
      client.write(upgradeRequest('/ws'))
      await until(() => asked === 1, 'the call of authorize')
      const frame = encodeFrame(Opcode.binary, Buffer.alloc(60_000))
      for (let count = 0; count < 1_000; count++) client.write(frame)
      // The kernel's buffers take some megabytes; then nothing moves.
      let before = -1
      while (before !== client.socket.writableLength) {
        before = client.socket.writableLength
        await turns(200)
      }
      assert.ok(before > 30_000_000, `${before} bytes still wait at the client`)
      decide(undefined)
      assert.equal((await client.head()).status, 101)
      for (let count = 0; count < 1_000; count++) assert.equal(await client.message(), '60000')
      client.close(1000)
      await client.gone()
    },
  },
  {
    row: 'A5',
    title: 'an authorize that never ends is a 503 at its deadline, and the socket is gone',
    async run(stage) {
      const signals: AbortSignal[] = []
      const host = await stage.mount({
        options: { authorizeTimeoutMs: 50, retryAfterMs: 2_000 },
        routes: {
          '/ws': define({
            authorize(_request, { signal }) {
              signals.push(signal)
              return new Promise(() => {})
            },
          }),
        },
      })
      const answer = await exchange(host, upgradeRequest('/ws'))
      assert.equal(answer.status, 503)
      assert.deepEqual(answer.headers['retry-after'], ['2'])
      assert.equal(stage.lastRejection, 'ES_ERR_AUTHORIZE_TIMEOUT')
      assert.deepEqual(
        signals.map((signal) => signal.aborted),
        [true],
      )
    },
  },
  {
    row: 'A4',
    title: 'a refused client that never closes is cut all the same',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const clients = await Promise.all(Array.from({ length: 10 }, () => RawConnection.open(host)))
      for (const client of clients) {
        client.socket.allowHalfOpen = true
        client.write(upgradeRequest('/nowhere'))
      }
      for (const client of clients) assert.equal((await client.head()).status, 404)
      await untilUnconnected(host)
      for (const client of clients) client.socket.destroy()
    },
  },
]
