import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BufferCache } from '../dist/wire/buffer-cache.js'
import { agreeOn, answerOffers, formatOffer, parseExtensions } from '../dist/wire/deflate.js'
import { DeflateCodec } from '../dist/wire/deflate-codec.js'
import { encodeFrame } from '../dist/wire/frame.js'
import { FrameDecoder, type FrameHeader } from '../dist/wire/frame-decoder.js'
import { mask } from '../dist/wire/mask.js'
import { createRandom } from '../dist/wire/random.js'

const AGREED = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
}

interface Read {
  readonly header: FrameHeader
  readonly payload: Buffer
}

function decode(pieces: readonly Buffer[]): Read[] {
  const frames: Read[] = []
  let parts: Buffer[] = []
  const decoder = new FrameDecoder({
    begin() {
      parts = []
    },
    data: (piece) => parts.push(Buffer.from(piece)),
    end: (header) => frames.push({ header, payload: Buffer.concat(parts) }),
    isHeld: () => false,
  })
  for (const piece of pieces) decoder.push(piece)
  return frames
}

function chopped(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

describe('the frame codec (RFC 6455 section 5.2)', () => {
  it('reads back what it writes, masked or not, however it is cut', () => {
    const random = createRandom(1, 'codec')
    for (const length of [0, 1, 5, 125, 126, 127, 65_535, 65_536, 70_001]) {
      for (const maskingKey of [undefined, random.bytes(4)]) {
        const payload = random.bytes(length)
        const bytes = encodeFrame({ opcode: 2, payload, maskingKey, fin: false, rsv: 5 })
        for (const size of [1, 3, 1000, bytes.length]) {
          const [frame, ...more] = decode(chopped(bytes, size))
          assert.equal(more.length, 0)
          assert.ok(frame !== undefined)
          assert.ok(frame.payload.equals(payload), `${length} bytes in pieces of ${size}`)
          const { opcode, fin, rsv, masked } = frame.header
          assert.deepEqual([opcode, fin, rsv, masked], [2, false, 5, maskingKey !== undefined])
        }
      }
    }
  })

  it('masks byte for byte, wherever the bytes lie and wherever in the payload they stand', () => {
    const random = createRandom(4, 'mask')
    const key = random.bytes(4)
    for (const length of [1, 1023, 1024, 1025, 3001]) {
      for (const place of [0, 1, 2, 3]) {
        for (const offset of [0, 1, 6]) {
          const room = random.bytes(length + place)
          const bytes = room.subarray(place)
          const expected = Buffer.from(bytes.map((byte, at) => byte ^ (key[(at + offset) & 3] as number)))
          mask(bytes, key, offset)
          assert.ok(bytes.equals(expected), `${length} bytes at ${place}, ${offset} into the payload`)
        }
      }
    }
  })

  it('reads the masked and the unmasked example of section 5.7', () => {
    const [plain] = decode([Buffer.from('810548656c6c6f', 'hex')])
    const [masked] = decode([Buffer.from('818537fa213d7f9f4d5158', 'hex')])
    assert.equal(plain?.payload.toString(), 'Hello')
    assert.equal(masked?.payload.toString(), 'Hello')
  })

  it('writes the shortest length, and a longer one when told to', () => {
    const headOf = (length: number, lengthBytes?: 2 | 8) => {
      const frame =
        lengthBytes === undefined
          ? { opcode: 1, payload: Buffer.alloc(length) }
          : { opcode: 1, payload: Buffer.alloc(length), lengthBytes }
      const bytes = encodeFrame(frame)
      return bytes.subarray(1, bytes.length - length).toString('hex')
    }
    assert.equal(headOf(125), '7d')
    assert.equal(headOf(126), '7e007e')
    assert.equal(headOf(65_535), '7effff')
    assert.equal(headOf(65_536), '7f0000000000010000')
    assert.equal(headOf(5, 2), '7e0005')
    assert.equal(headOf(5, 8), '7f0000000000000005')
  })

  it('reads a length of 2^64 - 1 without waiting for it', () => {
    const headers: bigint[] = []
    const decoder = new FrameDecoder({
      begin: ({ length }) => headers.push(length),
      data() {},
      end() {},
      isHeld: () => false,
    })
    decoder.push(encodeFrame({ opcode: 2, payload: Buffer.alloc(10), announcedLength: 2n ** 64n - 1n }))
    assert.deepEqual(headers, [2n ** 64n - 1n])
  })
})

describe('permessage-deflate (RFC 7692)', () => {
  it('writes an offer and reads an answer', () => {
    assert.equal(
      formatOffer({ serverNoContextTakeover: true, serverMaxWindowBits: 9 }),
      'permessage-deflate; client_no_context_takeover; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9',
    )
    const [answer] = parseExtensions(
      'permessage-deflate; server_max_window_bits="9"; client_no_context_takeover',
    )
    assert.deepEqual(answer === undefined ? undefined : agreeOn(answer.parameters), {
      serverNoContextTakeover: false,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 15,
    })
  })

  it('refuses an answer with a parameter that is unknown, repeated or out of range', () => {
    for (const field of [
      'x',
      'server_max_window_bits=7',
      'server_max_window_bits',
      'client_no_context_takeover=1',
    ]) {
      const [answer] = parseExtensions(`permessage-deflate; ${field}`)
      assert.throws(() => agreeOn(answer?.parameters ?? new Map()), Error, field)
    }
    const [twice] = parseExtensions('permessage-deflate; server_max_window_bits=9; server_max_window_bits=9')
    assert.throws(() => agreeOn(twice?.parameters ?? new Map()), /more than once/)
  })

  it('answers the first wish that an offer allows', () => {
    const wishes = [
      { serverNoContextTakeover: true, serverMaxWindowBits: 9 },
      { serverNoContextTakeover: true },
      {},
    ]
    const extensionFor = (field: string) => answerOffers(field, wishes)?.extension
    assert.equal(
      extensionFor('permessage-deflate; client_no_context_takeover; client_max_window_bits'),
      'permessage-deflate; client_no_context_takeover; client_max_window_bits=9',
    )
    assert.equal(
      extensionFor('permessage-deflate; server_max_window_bits=10'),
      'permessage-deflate; server_max_window_bits=10; client_no_context_takeover',
    )
    assert.equal(extensionFor('x-other'), undefined)
  })

  it('carries messages in both directions for every agreement', () => {
    const random = createRandom(2, 'deflate')
    for (const bits of [8, 9, 12, 15]) {
      for (const reset of [false, true]) {
        const agreement = {
          serverNoContextTakeover: reset,
          clientNoContextTakeover: reset,
          serverMaxWindowBits: bits,
          clientMaxWindowBits: bits,
        }
        const [client, server] = [
          new DeflateCodec('client', agreement),
          new DeflateCodec('server', agreement),
        ]
        for (const length of [1, 100, 5000, 40_000]) {
          const payload = Buffer.alloc(length, random.bytes(37))
          assert.ok(payload.equals(server.decompress(client.compress(payload))))
          assert.ok(payload.equals(client.decompress(server.compress(payload))))
        }
      }
    }
  })

  it('compresses once what carries the same label, and only for the same parameters', () => {
    const random = createRandom(3, 'label')
    const codec = (bits: number, reset: boolean) =>
      new DeflateCodec('client', {
        serverNoContextTakeover: reset,
        clientNoContextTakeover: reset,
        serverMaxWindowBits: bits,
        clientMaxWindowBits: bits,
      })
    const messages = [1000, 40_000, 17].map((length) => Buffer.alloc(length, random.bytes(29)))
    const sent = (one: DeflateCodec) =>
      messages.map((message, index) => one.compress(message, `test ${index}`))
    for (const reset of [false, true]) {
      const first = sent(codec(15, reset))
      assert.ok(sent(codec(15, reset)).every((bytes, index) => bytes === first[index]))
      assert.ok(sent(codec(10, reset)).every((bytes, index) => bytes !== first[index]))
      const receiver = new DeflateCodec('server', { ...AGREED, clientNoContextTakeover: reset })
      assert.deepEqual(
        first.map((bytes) => receiver.decompress(bytes)),
        messages,
      )
    }
  })

  for (const reset of [false, true]) {
    it(`reads an echo in known bytes as the message, and no other, ${reset ? 'without' : 'with'} context`, () => {
      const agreement = { ...AGREED, serverNoContextTakeover: reset }
      const pair = () =>
        [new DeflateCodec('client', agreement), new DeflateCodec('server', agreement)] as const
      const messages = Array.from({ length: 4 }, (_, index) =>
        Buffer.alloc(3_000, `message ${index} ${reset}`),
      )
      const echo = ([client, server]: ReturnType<typeof pair>, index: number, answer = messages[index]) => {
        client.compress(messages[index] as Buffer, `echo ${reset} ${index}`)
        return client.decompress(server.compress(answer as Buffer))
      }
      const [first, second] = [pair(), pair()]
      for (const [index, message] of messages.entries()) assert.deepEqual(echo(first, index), message)
      assert.ok(echo(second, 0).buffer === messages[0]?.buffer, 'known, and therefore not decompressed')
      const other = Buffer.alloc(3_000, 'something else')
      assert.deepEqual(echo(second, 1, other), other)
      for (const index of [2, 3]) {
        const output = echo(second, index)
        assert.deepEqual(output, messages[index])
        assert.ok(output.buffer !== messages[index]?.buffer, 'after another history nothing is known')
      }
    })
  }

  it('takes nothing for an echo when nothing was sent with a label', () => {
    const [client, server] = [new DeflateCodec('client', AGREED), new DeflateCodec('server', AGREED)]
    const message = Buffer.alloc(100, 'm')
    client.compress(message)
    const unasked = Buffer.alloc(100, 'u')
    assert.deepEqual(client.decompress(server.compress(unasked)), unasked)
    assert.throws(() => client.decompress(Buffer.from('ffffffff', 'hex')))
  })

  it('refuses what is no deflate stream', () => {
    const codec = new DeflateCodec('client', AGREED)
    assert.throws(() => codec.decompress(Buffer.from('ffffffff', 'hex')))
  })
})

describe('the cache of buffers', () => {
  it('makes a buffer once, and forgets first what was not asked for the longest', () => {
    const cache = new BufferCache(10)
    const made: string[] = []
    const ask = (name: string, length: number) =>
      cache.get(name, () => {
        made.push(name)
        return Buffer.alloc(length)
      })
    for (const name of ['a', 'b', 'a']) ask(name, 4)
    ask('c', 4)
    for (const name of ['a', 'c', 'b']) ask(name, 4)
    assert.deepEqual(made, ['a', 'b', 'c', 'b'])
    assert.equal(ask('too large', 11).length, 11)
    ask('too large', 11)
    assert.deepEqual(made.slice(4), ['too large', 'too large'])
  })
})
