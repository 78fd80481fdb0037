import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'
import { echo } from '../echo.js'

/** Subprotocols. */
export const SUBPROTOCOL: readonly Clause[] = [
  {
    id: 'ES-1.35',
    title: 'of the subprotocols that the client offers, the one that the server likes best is chosen',
    async check(stage) {
      const stand = await stage.mount(defineSession({ subprotocols: ['chat.v2', 'chat.v1'] }))
      const client = await stand.connect({ subprotocols: ['chat.v0', 'chat.v1', 'chat.v2'] })
      assert.equal(client.protocol, 'chat.v2')
      assert.equal(stand.session.protocol, 'chat.v2')
      assert.equal((await stand.connect({ subprotocols: ['chat.v1'] })).protocol, 'chat.v1')
      const run = await stage.mount(defineSession(() => {}, { subprotocols: ['chat.v1'] }))
      assert.equal((await run.connect({ subprotocols: ['chat.v1'] })).protocol, 'chat.v1', 'a read loop')
    },
  },
  {
    id: 'ES-1.36',
    title: 'a subprotocol that the server does not speak, such as a token, is never sent back',
    async check(stage) {
      const speaking = await stage.mount(defineSession({ subprotocols: ['chat.v1'] }))
      for (const stand of [speaking, await stage.mount(echo)]) {
        const answer = await stand.request({ subprotocols: ['token.c2VjcmV0', 'CHAT.V1'] })
        assert.equal(answer.status, 101)
        assert.equal(answer.client?.protocol, '')
        assert.equal(answer.headers.get('sec-websocket-protocol'), undefined)
        assert.equal(stand.session.protocol, '')
      }
    },
  },
  {
    id: 'ES-1.37',
    title: 'with requireSubprotocol a client that offers none of them gets 400',
    async check(stage) {
      const stand = await stage.mount(defineSession({ subprotocols: ['chat.v1'], requireSubprotocol: true }))
      assert.equal((await stand.request()).status, 400)
      assert.equal((await stand.request({ subprotocols: ['other'] })).status, 400)
      assert.equal(stand.sessions.counters().rejectedByCode.ES_ERR_SUBPROTOCOL, 2)
      assert.equal((await stand.request({ subprotocols: ['chat.v1'] })).status, 101)
    },
  },
  {
    id: 'ES-1.38',
    title: 'an offer of subprotocols that is no list of different tokens is answered with 400',
    async check(stage) {
      const stand = await stage.mount(defineSession({ subprotocols: ['a'] }))
      for (const offer of ['', 'a,,b', 'a, a', 'a b', 'a/b', 'a;b', ',']) {
        const { status } = await stand.request({ headers: { 'sec-websocket-protocol': offer } })
        assert.equal(status, 400, JSON.stringify(offer))
      }
    },
  },
]
