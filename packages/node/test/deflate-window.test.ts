import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { createSessions, defineSession } from '@echosession/core'
import { createNodeAdapter } from '@echosession/node'
import { Opcode, RawConnection, within } from '@echosession/probe'

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH }
const TAIL = Buffer.from([0, 0, 255, 255])
// Repeats itself after 1 500 bytes, which a window of 512 bytes does not reach.
const noise = Buffer.from(
  Array.from({ length: 1_500 }, (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 24),
)
const payload = Buffer.concat([noise, noise])

function inflate(bytes: Uint8Array, windowBits: number): Buffer {
  return inflateRawSync(Buffer.concat([bytes, TAIL]), { ...FLUSH, windowBits })
}

for (const fastPath of [true, false]) {
  test(`a client gets what fits in the window that it asks for (RFC 7692 section 7.1.2.1), fastPath ${fastPath}`, async () => {
    const sessions = createSessions({ compression: true, fastPath })
    const echo = defineSession({ message: (session, message) => void session.send(message) })
    const adapter = createNodeAdapter(sessions, { '/ws': echo })
    const server = createServer(adapter.listener)
    const attachment = adapter.attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const [asked, windowBits, shorter] of [
      ['', 15, true],
      ['; server_max_window_bits=9', 9, false],
      ['; client_max_window_bits=9', 15, true],
    ] as const) {
      const offer = `Sec-WebSocket-Extensions: permessage-deflate${asked}`
      const client = await RawConnection.upgrade({ port }, '/ws', [offer])
      client.send(Opcode.binary, deflateRawSync(payload, FLUSH).subarray(0, -TAIL.length), { rsv: 4 })
      const frame = await client.next()
      assert.ok(frame)
      assert.equal(frame.rsv, 4)
      assert.deepEqual(inflate(frame.payload, windowBits), payload)
      assert.equal(frame.payload.length < 2_000, shorter, `${asked}: ${frame.payload.length} bytes`)
      client.close(1000)
      await client.gone()
    }
    await within(attachment.close(), 'the shutdown')
  })
}
