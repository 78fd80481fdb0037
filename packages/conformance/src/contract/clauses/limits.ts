import assert from 'node:assert/strict'
import { deflateRawSync } from 'node:zlib'
import {
  createSessions,
  defineSession,
  type SessionDefinition,
  type SessionsOptions,
} from '@echosession/core'
import { Opcode } from '../../wire/frame.js'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'
import type { Stage } from '../stage.js'

/** The figures that hold without a word of configuration, as CONTRACT.md states them. */
const DEFAULTS: SessionsOptions = {
  maxConnections: 10_000,
  maxConnectionsPerKey: Number.POSITIVE_INFINITY,
  retryAfterMs: 5_000,
  allowedOrigins: 'same-origin',
  requireOrigin: false,
  trustedProxyHops: 0,
  authorizeTimeoutMs: 10_000,
  maxMessageBytes: 1_048_576,
  maxFragments: 1_024,
  messageTimeoutMs: 30_000,
  maxMessagesPerSecond: Number.POSITIVE_INFINITY,
  maxBytesPerSecond: Number.POSITIVE_INFINITY,
  maxQueuedMessages: 64,
  maxQueuedBytes: 1_048_576,
  maxBufferedBytes: 1_048_576,
  highWaterBytes: 65_536,
  slowConsumer: 'close',
  maxRoomsPerSession: 128,
  maxRoomNameLength: 128,
  relayTimeoutMs: 5_000,
  maxRelayQueuedBytes: 16_777_216,
  heartbeatIntervalMs: 25_000,
  heartbeatTimeoutMs: 20_000,
  idleTimeoutMs: 0,
  closeTimeoutMs: 5_000,
  drainTimeoutMs: 10_000,
  drainSpreadMs: 1_000,
  compression: false,
}

const EMPTY = new Uint8Array(0)

function tracing(stage: Stage): SessionDefinition {
  return defineSession({
    message: (_session, message) => stage.trace.add(`message ${message.bytes.byteLength}`),
    close: (_session, { code }) => stage.trace.add(`close ${code}`),
  })
}

/** What a peer may send. */
export const LIMITS: readonly Clause[] = [
  {
    id: 'ES-4.1',
    title: 'every limit has its safe default',
    async check() {
      const { options } = createSessions()
      const found = Object.keys(DEFAULTS).map((name) => [name, Reflect.get(options, name)])
      assert.deepEqual(Object.fromEntries(found), DEFAULTS)
    },
  },
  {
    id: 'ES-4.2',
    title: 'a message of exactly maxMessageBytes is delivered; with one byte more the session ends with 1009',
    async check(stage) {
      const euro = '€'
      const rows: [string | Uint8Array, string | Uint8Array][] = [
        ['x'.repeat(999), 'x'.repeat(1_000)],
        [Buffer.alloc(999), Buffer.alloc(1_000)],
        [euro.repeat(333), `${euro.repeat(333)}x`],
      ]
      for (const [most, more] of rows) {
        const stand = await stage.mount(tracing(stage), { maxMessageBytes: 999 })
        const client = await stand.connect()
        const before = stage.trace.count('message 999')
        client.send(most)
        await stage.until(() => stage.trace.count('message 999') > before, 'a message of the largest size')
        client.send(more)
        assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1009)
        await stage.until(() => stand.sessions.size === 0, 'the end of the session at the server')
        assert.equal(stand.observed.closed[0]?.event.code, 1009)
      }
      assert.equal(stage.trace.count('message 1000'), 0)
      const large = await (await stage.mount(echo)).connect()
      large.send(Buffer.alloc(1_048_576, 7))
      const message = await stage.soon(large.next(), 'a message of 1 MiB')
      assert.equal(message?.bytes.byteLength, 1_048_576)
    },
  },
  {
    id: 'ES-4.3',
    title: 'the limit counts bytes after decompression',
    needs: ['compression'],
    async check(stage) {
      const stand = await stage.mount(tracing(stage), { compression: true, maxMessageBytes: 10_000 })
      const client = await stand.connectRaw({ headers: { 'sec-websocket-extensions': 'permessage-deflate' } })
      const deflated = (bytes: number): Buffer =>
        deflateRawSync(Buffer.alloc(bytes), { finishFlush: 2 }).subarray(0, -4)
      client.sendFrame(Opcode.binary, deflated(10_000), { rsv: 4 })
      await stage.until(() => stage.trace.has('message 10000'), 'a message of the largest size')
      client.sendFrame(Opcode.binary, deflated(10_001), { rsv: 4 })
      assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1009)
      assert.equal(stage.trace.has('message 10001'), false)
    },
  },
  {
    id: 'ES-4.4',
    title:
      'a message of exactly maxFragments fragments is delivered; one fragment more ends the session with 1008',
    needs: ['network'],
    async check(stage) {
      const stand = await stage.mount(tracing(stage), { maxFragments: 10 })
      for (const [fragments, code] of [
        [10, undefined],
        [11, 1008],
      ] as const) {
        const client = await stand.connectRaw()
        client.sendFrame(Opcode.text, EMPTY, { fin: false })
        for (let n = 2; n < fragments; n++)
          client.sendFrame(Opcode.continuation, Buffer.from('x'), { fin: false })
        client.sendFrame(Opcode.continuation, EMPTY)
        if (code === undefined)
          await stage.until(() => stage.trace.has('message 8'), 'a message of 10 fragments')
        else assert.equal((await stage.soon(client.closed, 'the end of the session')).code, code)
      }
      assert.equal(stage.trace.has('message 9'), false)
    },
  },
  {
    id: 'ES-4.5',
    title:
      'a message that is not finished within messageTimeoutMs ends the session with 1008; 0 waits for ever',
    needs: ['unfinished'],
    async check(stage) {
      const stand = await stage.mount(tracing(stage), { messageTimeoutMs: 10_000 })
      const patient = await stage.mount(tracing(stage), { messageTimeoutMs: 0, heartbeatIntervalMs: 0 })
      const [stuck, slow, waiting] = [await stand.connect(), await stand.connect(), await patient.connect()]
      for (const client of [stuck, slow, waiting]) client.begin()
      await stand.barrier(stuck)
      await stand.barrier(slow)
      await patient.barrier(waiting)
      await stage.advance(9_000)
      assert.deepEqual([stuck.ending, slow.ending], [undefined, undefined])
      slow.finish('done')
      await stage.until(() => stage.trace.has('message 4'), 'the message that was finished')
      await stage.advance(2_000)
      assert.equal((await stage.soon(stuck.closed, 'the end of the session')).code, 1008)
      await stage.until(() => stand.observed.codes.includes('ES_ERR_MESSAGE_TIMEOUT'), 'the error')
      await stage.advance(120_000)
      assert.deepEqual([slow.ending, waiting.ending], [undefined, undefined])
    },
  },
  {
    id: 'ES-4.6',
    title: 'more than maxMessagesPerSecond, pings and pongs included, end the session with 1008',
    async check(stage) {
      const kinds = stage.capabilities.ping ? (['send', 'ping', 'pong'] as const) : (['send'] as const)
      for (const kind of kinds) {
        const stand = await stage.mount(tracing(stage), { maxMessagesPerSecond: 4 })
        const client = await stand.connect()
        const give = (): void => (kind === 'send' ? client.send('x') : client[kind]())
        for (let second = 0; second < 3; second++) {
          for (let n = 0; n < 3; n++) give()
          // One more, where pings count, and it is known that all of them have come.
          await stand.barrier(client)
          stage.clock.advance(1_000)
        }
        assert.equal(client.ending, undefined, 'a rate that is allowed')
        for (let n = 0; n < 5; n++) give()
        assert.equal((await stage.soon(client.closed, `the end of the session after ${kind}`)).code, 1008)
        await stage.until(() => stand.observed.codes.includes('ES_ERR_RATE'), 'the error')
      }
      assert.equal(stage.trace.count('message 1'), 13, 'nine and the first four of the last five')
    },
  },
  {
    id: 'ES-4.7',
    title: 'more than maxBytesPerSecond end the session with 1008',
    async check(stage) {
      const stand = await stage.mount(tracing(stage), { maxBytesPerSecond: 1_000, heartbeatIntervalMs: 0 })
      const client = await stand.connect()
      for (let second = 1; second <= 3; second++) {
        client.send('x'.repeat(600))
        client.send(Buffer.alloc(400))
        await stage.until(() => stage.trace.count('message 400') === second, 'a rate that is allowed')
        stage.clock.advance(1_000)
      }
      client.send('x'.repeat(1_001))
      assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1008)
      assert.deepEqual(stand.observed.codes, ['ES_ERR_RATE'])
      assert.equal(stage.trace.has('message 1001'), false)
    },
  },
]
