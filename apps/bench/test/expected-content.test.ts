import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { encodeFrame, Opcode } from '@echosession/probe'
import { ExpectedContent } from '../dist/generator/expected-content.js'
import { RSV1, TAIL, textOf } from '../dist/generator/wire.js'

const message = { bytes: 500, binary: false }
const content = () => new ExpectedContent({ protocol: 'websocket', message })

function reply(text: string, level: number): Buffer {
  const payload = deflateRawSync(text, { level, finishFlush: 2 }).subarray(0, -TAIL.length)
  return encodeFrame(Opcode.text, payload, { masked: false, rsv: RSV1 })
}

test('a reply may be compressed in any way, or not at all', () => {
  const expected = content()
  const text = textOf(message.bytes)
  for (const level of [1, 9, 0, 1, 9]) assert.equal(expected.judge(reply(text, level)), undefined)
  assert.equal(expected.judge(encodeFrame(Opcode.text, text, { masked: false })), undefined)
})

test('a reply with another content, or one that is no deflated text, is told of', () => {
  const expected = content()
  assert.match(expected.judge(reply('other', 1)) ?? '', /another content/)
  const broken = encodeFrame(Opcode.text, Buffer.from([7, 7, 7]), { masked: false, rsv: RSV1 })
  assert.match(expected.judge(broken) ?? '', /cannot be decompressed/)
})
