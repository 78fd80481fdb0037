import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unmask } from '../dist/unmask.js'

test('every byte meets its byte of the key, however the bytes lie and whatever came before them', () => {
  const key = [0x81, 0x02, 0xf3, 0x44]
  const mask = Buffer.from(key).readInt32LE()
  const memory = Buffer.from(Array.from({ length: 320 }, (_, index) => (index * 7) & 255))
  for (let offset = 0; offset < 9; offset++) {
    for (let phase = 0; phase < 5; phase++) {
      for (let length = 0; length <= 300; length++) {
        const copy = Buffer.allocUnsafeSlow(memory.length)
        memory.copy(copy)
        const unmasked = copy.subarray(offset, offset + length)
        const bits = unmask(unmasked, mask, phase)
        const expected = memory.map((byte, index) => {
          const at = index - offset
          return at < 0 || at >= length ? byte : byte ^ (key[(at + phase) & 3] as number)
        })
        assert.deepEqual(copy, Buffer.from(expected), `${length} bytes from ${offset}, ${phase} before`)
        const found = unmasked.reduce((all, byte) => all | byte, 0)
        assert.equal(bits & found, found)
        // Short ones are looked at.
        if (length < 64) assert.equal(bits, found)
      }
    }
  }
})
