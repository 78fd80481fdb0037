import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import {
  closePayload,
  createCertificate,
  decodeFrame,
  encodeFrame,
  exchange,
  Opcode,
} from '@echosession/probe'

test('a certificate is good enough for node:https, and an answer over it is read whole', async () => {
  const server = createServer(createCertificate(), (_request, response) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.write('hel')
    response.end('lo')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await exchange(
    { port, secure: true },
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(answer.body, 'hello')
  server.close()
  await once(server, 'close')
})

test('a frame that is written unmasked is read back, at each of the three lengths', () => {
  for (const size of [0, 125, 126, 65_535, 65_536]) {
    const payload = Buffer.alloc(size, 7)
    const bytes = encodeFrame(Opcode.binary, payload, { masked: false })
    const decoded = decodeFrame(Buffer.concat([bytes, Buffer.from('x')]))
    assert.deepEqual(decoded?.frame, { opcode: 2, fin: true, rsv: 0, payload })
    assert.equal(decoded?.rest.toString(), 'x')
    assert.equal(decodeFrame(bytes.subarray(0, -1)), undefined)
  }
  assert.equal(closePayload(1000, 'bye').toString('hex'), '03e8627965')
})
