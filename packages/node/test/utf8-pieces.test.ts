import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'
import { isUtf8InPieces } from '../dist/utf8-pieces.js'
import { createRandom, pick } from './differential/random.js'

/** Every way to cut bytes in three. */
function* cuts(bytes: Buffer): Generator<Buffer[]> {
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      yield [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
    }
  }
}

test('is told as of the whole, wherever it is cut', () => {
  const samples = ['', 'a', 'né', '€uro', '😀', 'a😀é€b'].map((text) => Buffer.from(text))
  const broken = [
    [0xc3],
    [0xa9],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x98],
    [0xc3, 0x28],
    [0xed, 0xa0, 0x80],
    [0xf8, 0x88],
    [0xff],
  ]
  samples.push(...broken.flatMap((bytes) => [Buffer.from(bytes), Buffer.from([0x61, ...bytes, 0x62])]))
  for (const bytes of samples) {
    for (const pieces of cuts(bytes))
      assert.equal(isUtf8InPieces(pieces), isUtf8(bytes), bytes.toString('hex'))
  }
  assert.equal(isUtf8InPieces([]), true)
})

test('is told as of the whole for 20,000 seeded texts that are cut anywhere and broken now and then', () => {
  const random = createRandom(7)
  const characters = ['a', 'é', '€', '😀']
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 8 }, () => pick(random, characters)).join('')
    const bytes = Buffer.from(text)
    if (random(2) === 0) bytes[random(bytes.length)] = random(256)
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random(4)
      pieces.push(bytes.subarray(at, end))
      at = end
    }
    assert.equal(isUtf8InPieces(pieces), isUtf8(bytes), `${bytes.toString('hex')} in ${pieces.length}`)
  }
})
