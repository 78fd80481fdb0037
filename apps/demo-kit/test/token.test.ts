import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearerToken, createTokenCheck } from '../dist/token.js'

describe('token', () => {
  it('KIT-5 takes the one token, and nothing that resembles it', () => {
    const isToken = createTokenCheck('demo')
    assert.equal(isToken('demo'), true)
    for (const wrong of [undefined, '', 'dem', 'demo ', 'Demo', 'demodemo'])
      assert.equal(isToken(wrong), false)
  })

  it('KIT-6 reads a bearer token whatever the case of its scheme', () => {
    for (const header of ['Bearer abc', 'bearer abc', 'BEARER   abc '])
      assert.equal(bearerToken(header), 'abc')
  })

  it('KIT-7 reads no token of any other header', () => {
    for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'xBearer abc']) {
      assert.equal(bearerToken(header), undefined)
    }
  })
})
