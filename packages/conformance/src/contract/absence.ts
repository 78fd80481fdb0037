import assert from 'node:assert/strict'
import { defineSession } from '@echosession/core'
import { echo } from './echo.js'
import type { Stage } from './stage.js'
import type { Capability } from './target.js'

/** The tests that what a target does not declare is not there indeed. */
export const ABSENCE: Readonly<Record<Capability, (stage: Stage) => Promise<void>>> = {
  async network(stage) {
    const { mounted } = await stage.mount(echo)
    assert.equal(mounted.url, undefined, 'a target without a network has no url')
  },
  async http(stage) {
    const stand = await stage.mount(echo)
    if (stand.mounted.url === undefined) return
    const { status } = await stand.request({
      method: 'GET',
      headers: { upgrade: undefined, connection: 'close' },
    })
    assert.equal(status, 0, 'a target that answers no plain HTTP answered')
  },
  async middleware(stage) {
    const seen: string[] = []
    const stand = await stage.mount(echo, {}, { middleware: () => void seen.push('called') })
    await stand.connect()
    assert.deepEqual(seen, [], 'a target without middleware called it')
  },
  async server(stage) {
    const { mounted } = await stage.mount(echo)
    assert.equal(mounted.server, undefined, 'a target without a server of its own has one')
  },
  async ping(stage) {
    const stand = await stage.mount(echo)
    await stand.connect()
    await stage.advance(60_000)
    assert.equal(stand.sessions.counters().pings, 0, 'a target that cannot ping was asked to')
  },
  async pause(stage) {
    const stand = await stage.mount(defineSession({ message: () => new Promise<void>(() => {}) }), {
      maxQueuedMessages: 1,
    })
    const client = await stand.connect()
    for (let n = 0; n < 500; n++) client.send(`${n}`)
    const { code } = await stage.soon(client.closed, 'the end of a session that cannot push back')
    assert.equal(code, 1008)
    assert.ok(stand.sessions.counters().messagesIn > 2, 'reading was paused all the same')
  },
  async unfinished(stage) {
    const stand = await stage.mount(echo, { messageTimeoutMs: 1_000 })
    const client = await stand.connect()
    client.begin()
    await stage.settle()
    await stage.advance(5_000)
    assert.equal(client.ending, undefined, 'an unfinished message was timed all the same')
  },
  async compression(stage) {
    const stand = await stage.mount(echo, { compression: true })
    const answer = await stand.request({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
    assert.equal(answer.headers.get('sec-websocket-extensions'), undefined, 'compression was agreed on')
  },
}
