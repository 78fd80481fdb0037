import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCloseArguments } from '../dist/close.js'
import { cutReason, isSendableCloseCode, MAX_REASON_BYTES } from '../dist/index.js'
import { createRandom, seeds } from './seeded-random.js'

const bytesOf = (text: string) => Buffer.byteLength(text, 'utf8')

test('P3, R6: the codes that may be sent are 1000-1003, 1007-1014 and 3000-4999, and no other of 0 to 70000', () => {
  const allowed: [number, number][] = []
  for (let code = 0; code <= 70_000; code++) {
    if (!isSendableCloseCode(code)) continue
    const last = allowed.at(-1)
    if (last?.[1] === code - 1) last[1] = code
    else allowed.push([code, code])
  }
  assert.deepEqual(allowed, [
    [1000, 1003],
    [1007, 1014],
    [3000, 4999],
  ])
})

for (const code of [-1, 1000.5, Number.NaN, Number.POSITIVE_INFINITY, '1000', null, {}, [1000], 1000n]) {
  test(`R6: ${typeof code} ${String(code)} is no close code`, () => {
    assert.equal(isSendableCloseCode(code), false)
    assert.throws(() => checkCloseArguments(code, ''), { name: 'TypeError', code: 'ES_ERR_CLOSE_ARGUMENT' })
  })
}

for (const reason of [1, null, {}, ['x'], Symbol('x')]) {
  test(`a close reason that is ${typeof reason} ${String(reason)} is a TypeError`, () => {
    assert.throws(() => checkCloseArguments(1000, reason), {
      name: 'TypeError',
      code: 'ES_ERR_CLOSE_ARGUMENT',
    })
  })
}

test('R6: a reason of 123 bytes stays whole, one of 124 loses its last character', () => {
  assert.equal(cutReason('a'.repeat(123)), 'a'.repeat(123))
  assert.equal(cutReason('a'.repeat(124)), 'a'.repeat(123))
  assert.equal(cutReason('é'.repeat(62)), 'é'.repeat(61))
  assert.equal(cutReason(`${'a'.repeat(121)}€`), 'a'.repeat(121))
  assert.equal(cutReason(`${'a'.repeat(120)}😀`), 'a'.repeat(120))
  assert.equal(cutReason(`${'a'.repeat(119)}😀`), `${'a'.repeat(119)}😀`)
})

const ALPHABET = [
  'a',
  ' ',
  '\n',
  '\0',
  'é',
  'ß',
  '€',
  '語',
  '\u200d',
  '😀',
  '👩‍👩‍👧',
  '\ud800',
  '\udc00',
  '\uffff',
]

for (const seed of seeds(20)) {
  test(`R6: a random reason is cut at the last whole character within 123 bytes (seed ${seed})`, () => {
    const random = createRandom(seed)
    for (let round = 0; round < 500; round++) {
      const reason = Array.from({ length: random.below(140) }, () => random.pick(ALPHABET)).join('')
      const cut = cutReason(reason)
      assert.ok(bytesOf(cut) <= MAX_REASON_BYTES)
      assert.ok(reason.startsWith(cut))
      if (cut === reason) continue
      const next = String.fromCodePoint(reason.codePointAt(cut.length) as number)
      assert.ok(bytesOf(cut + next) > MAX_REASON_BYTES, 'one more character would have fitted')
      // Never between the halves of a pair.
      assert.ok(!/[\ud800-\udbff]$/.test(cut) || !/^[\udc00-\udfff]/.test(reason.slice(cut.length)))
    }
  })
}
