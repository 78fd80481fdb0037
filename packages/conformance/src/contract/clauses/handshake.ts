import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import type { Clause } from '../clause.js'

const echo = defineSession({ message: (session, message) => session.send(message) })

/** The opening handshake itself: what is answered with 101 and what is not. */
export const HANDSHAKE: readonly Clause[] = [
  {
    id: 'ES-1.1',
    title: 'a valid upgrade request on a session route is answered with 101',
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connect()
      client.send('hello')
      assert.equal(await stage.nextText(client), 'hello')
    },
  },
  {
    id: 'ES-1.2',
    title: 'a request that is no WebSocket upgrade is answered with 426 and Upgrade: websocket',
    async check(stage) {
      const stand = await stage.mount(echo)
      const answer = await stand.request({ headers: { upgrade: undefined, connection: 'keep-alive' } })
      assert.equal(answer.status, 426)
      assert.equal(answer.headers.get('upgrade')?.toLowerCase(), 'websocket')
    },
  },
]
