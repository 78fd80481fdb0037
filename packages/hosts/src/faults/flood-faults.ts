import assert from 'node:assert/strict'
import { constants, deflateRawSync } from 'node:zlib'
import { encodeFrame, exchange, Opcode, RawConnection, turn, until, upgradeRequest } from '@echosession/probe'
import { define, echo, type Fault } from './stage.js'

const MIB = 1_048_576
const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate'

/** Compresses a message as RFC 7692 section 7.2.1 wants it. */
function deflate(bytes: Uint8Array): Buffer {
  return deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}

/** Waits until nothing of what a client has written moves any more. */
async function untilStuck(client: RawConnection): Promise<number> {
  let before = -1
  while (before !== client.socket.writableLength) {
    before = client.socket.writableLength
    for (let turns = 0; turns < 300; turns++) await turn()
  }
  return before
}

/** Rows of the catalogue about too much of something. */
export const floodFaults: readonly Fault[] = [
  {
    row: 'P5',
    title: 'a message in a hundred thousand fragments is a 1008, whether they are empty or not',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      for (const payload of ['', 'a']) {
        const client = await RawConnection.upgrade(host, '/ws')
        const first = encodeFrame(Opcode.text, payload, { fin: false })
        const next = encodeFrame(Opcode.continuation, payload, { fin: false })
        client.write(Buffer.concat([first, ...Array.from({ length: 100_000 }, () => next)]))
        assert.equal((await client.closed()).code, 1008)
        await client.gone()
      }
      const { bytesIn, messagesIn } = host.sessions.counters()
      assert.deepEqual([bytesIn, messagesIn], [0, 0], 'no message came of it')
    },
  },
  {
    row: 'P5',
    title: 'as many fragments as are allowed make a message, with pings between them',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const client = await RawConnection.upgrade(host, '/ws')
      const { maxFragments } = host.sessions.options
      const parts = [encodeFrame(Opcode.text, 'a', { fin: false })]
      for (let at = 1; at < maxFragments; at++) {
        if (at % 100 === 0) parts.push(encodeFrame(Opcode.ping, `${at}`))
        parts.push(encodeFrame(Opcode.continuation, 'a', { fin: at === maxFragments - 1 }))
      }
      client.write(Buffer.concat(parts))
      assert.equal(await client.message(), 'a'.repeat(maxFragments))
      client.close(1000)
      await client.gone()
    },
  },
  {
    row: 'P6',
    title: 'a client that pings without end and reads nothing is not read from any more',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo } })
      const client = await RawConnection.upgrade(host, '/ws')
      client.socket.pause()
      const hundred = Buffer.concat(
        Array.from({ length: 100 }, () => encodeFrame(Opcode.ping, Buffer.alloc(125))),
      )
      let most = 0
      for (let sent = 0; sent < 3_000; sent++) {
        client.write(hundred)
        if (sent % 50 === 0) await turn()
        most = Math.max(most, host.sessions.counters().bufferedBytes)
      }
      const left = await untilStuck(client)
      most = Math.max(most, host.sessions.counters().bufferedBytes)
      assert.ok(left > 10 * MIB, `${left} bytes still wait at the client`)
      assert.ok(most < MIB, `${most} bytes waited at the server`)
      client.reset()
    },
  },
  {
    row: 'P6',
    title: 'pings, pongs and messages beyond the rate are a 1008',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { maxMessagesPerSecond: 100 } })
      for (const opcode of [Opcode.ping, Opcode.pong, Opcode.text]) {
        const client = await RawConnection.upgrade(host, '/ws')
        client.write(Buffer.concat(Array.from({ length: 5_000 }, () => encodeFrame(opcode, 'a'))))
        assert.equal((await client.closed()).code, 1008, `opcode ${opcode}`)
        client.close(1008)
        await client.gone()
      }
    },
  },
  {
    row: 'P7',
    title: 'a compressed message is measured after it was inflated: a bomb is a 1009',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { compression: true } })
      const bomb = deflate(Buffer.alloc(99 * MIB))
      assert.ok(bomb.length < 110_000)
      const client = await RawConnection.upgrade(host, '/ws', [OFFER])
      client.send(Opcode.binary, bomb, { rsv: 4 })
      assert.equal((await client.closed()).code, 1009)
      await client.gone()
      const inPieces = await RawConnection.upgrade(host, '/ws', [OFFER])
      const middle = bomb.length >> 1
      inPieces.send(Opcode.binary, bomb.subarray(0, middle), { rsv: 4, fin: false })
      inPieces.send(Opcode.continuation, bomb.subarray(middle))
      assert.equal((await inPieces.closed()).code, 1009)
      await inPieces.gone()
      const honest = await RawConnection.upgrade(host, '/ws', [OFFER])
      honest.send(Opcode.text, deflate(Buffer.from('squeezed')), { rsv: 4 })
      assert.equal(await honest.message(), 'squeezed')
      honest.close(1000)
      await honest.gone()
    },
  },
  {
    row: 'P7',
    title: 'compressed data that is none is a 1007; without compression its frames are a 1002',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { compression: true } })
      const client = await RawConnection.upgrade(host, '/ws', [OFFER])
      client.send(Opcode.binary, Buffer.from('ffffffffff', 'hex'), { rsv: 4 })
      assert.equal((await client.closed()).code, 1007)
      await client.gone()
      const plain = await stage.mount({ routes: { '/ws': echo } })
      const other = await RawConnection.open(plain)
      other.write(upgradeRequest('/ws', { headers: [OFFER] }))
      const { headers } = await other.head()
      assert.equal(headers['sec-websocket-extensions'], undefined, 'off unless it is asked for')
      other.send(Opcode.binary, deflate(Buffer.from('squeezed')), { rsv: 4 })
      assert.equal((await other.closed()).code, 1002)
      await other.gone()
    },
  },
  {
    row: 'P7',
    title:
      'a fault behind messages that are still being inflated is a 1002, and what follows it harms nobody',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': define({}) }, options: { compression: true } })
      const client = await RawConnection.upgrade(host, '/ws', [OFFER])
      client.socket.setNoDelay()
      const squeezed = encodeFrame(Opcode.binary, deflate(Buffer.alloc(900_000)), { rsv: 4 })
      client.write(Buffer.concat(Array.from({ length: 10 }, () => squeezed)))
      // A turn apart, so that each is read by itself while the messages are not told.
      for (const frame of [encodeFrame(Opcode.close, Buffer.from([3, 231])), encodeFrame(Opcode.text, 'x')]) {
        for (let turns = 0; turns < 5; turns++) await turn()
        client.write(frame)
      }
      assert.equal((await client.closed()).code, 1002)
      await client.gone()
      assert.equal(host.sessions.counters().messagesIn, 10)
    },
  },
  {
    row: 'P7',
    title:
      'an extension header that is malformed is a 400 or left unanswered, never a fault, and frees its place',
    async run(stage) {
      const host = await stage.mount({ routes: { '/ws': echo }, options: { compression: true } })
      const bad = [
        'permessage-deflate; server_max_window_bits=7',
        'permessage-deflate; client_max_window_bits=16',
        'permessage-deflate; server_no_context_takeover=1',
        'permessage-deflate; constructor',
        'permessage-deflate; __proto__=1',
        'permessage-deflate; =',
        'constructor, __proto__; toString=1',
        ',,;;',
        `permessage-deflate${'; a'.repeat(3_000)}`,
      ]
      for (const value of bad) {
        const headers = [`Sec-WebSocket-Extensions: ${value}`]
        const answer = await exchange(host, upgradeRequest('/ws', { headers }))
        assert.ok([101, 400].includes(answer.status), `${value.slice(0, 60)}: ${answer.status}`)
        if (answer.status === 101) assert.equal(answer.headers['sec-websocket-extensions'], undefined)
      }
      const { sessions } = host
      await until(() => sessions.size + sessions.counters().pending === 0, 'every place given back')
    },
  },
  {
    row: 'C23',
    title: 'a client that never reads is cut at the close timeout, with everything that waits for it',
    async run(stage) {
      const seen: string[] = []
      const host = await stage.mount({
        options: { closeTimeoutMs: 100 },
        routes: {
          '/ws': define({
            message(session) {
              const block = new Uint8Array(MIB)
              while (session.state === 'open') session.send(block)
            },
            close: (_session, { code, clean }) => void seen.push(`${code} ${clean}`),
          }),
        },
      })
      const client = await RawConnection.upgrade(host, '/ws')
      client.socket.pause()
      client.send(Opcode.text, 'go')
      await until(() => seen.length === 1, 'the end of the session')
      assert.deepEqual(seen, ['1013 false'])
      client.socket.destroy()
    },
  },
]
