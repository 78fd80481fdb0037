import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasToken, splitList } from '../dist/header-field.js'
import { isFieldValue, isToken } from '../dist/index.js'

test('H13: a token is one or more of the characters of RFC 9110, and nothing else of 0 to 300 is', () => {
  const allowed = new Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  for (let code = 0; code < 300; code++) {
    const character = String.fromCharCode(code)
    assert.equal(isToken(character), allowed.has(character), `U+${code.toString(16)}`)
    assert.equal(isToken(`a${character}`), allowed.has(character))
  }
  assert.equal(isToken(''), false)
  assert.equal(isToken(undefined), false)
  assert.equal(isToken(['a']), false)
  assert.equal(isToken('a\n'), false)
})

test('H13: a header value has no control character but tab, and no character beyond one byte', () => {
  for (let code = 0; code < 300; code++) {
    const allowed = code === 9 || (code >= 32 && code < 127) || (code >= 128 && code < 256)
    assert.equal(isFieldValue(`a${String.fromCharCode(code)}b`), allowed, `U+${code.toString(16)}`)
  }
  assert.equal(isFieldValue(''), true)
  assert.equal(isFieldValue('a\r\nSet-Cookie: x'), false)
  assert.equal(isFieldValue('a\n'), false)
  assert.equal(isFieldValue(1), false)
  assert.equal(isFieldValue(['a']), false)
})

test('a list is split at commas, trimmed, without its empty parts', () => {
  assert.deepEqual(splitList(' a ,b,, ,c '), ['a', 'b', 'c'])
  assert.deepEqual(splitList(''), [])
  assert.deepEqual(splitList(undefined), [])
})

test('a token is found in a list whatever its case, and never as part of another', () => {
  assert.ok(hasToken('keep-alive, Upgrade', 'upgrade'))
  assert.ok(hasToken('WebSocket', 'websocket'))
  assert.ok(!hasToken('websockets', 'websocket'))
  assert.ok(!hasToken('not websocket', 'websocket'))
  assert.ok(!hasToken(undefined, 'websocket'))
})
