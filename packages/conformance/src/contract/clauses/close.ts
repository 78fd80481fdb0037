import assert from 'node:assert/strict'
import { defineSession, type SessionDefinition } from '@echosession/core'
import { closePayload, Opcode } from '../../wire/frame.js'
import type { Clause } from '../clause.js'
import type { NetworkClient } from '../contract-client.js'
import { echo } from '../echo.js'
import type { Stage } from '../stage.js'

/** Writes down how each session ended. */
function tracing(stage: Stage): SessionDefinition {
  return defineSession({
    close: (_session, { code, reason, clean }) => stage.trace.add(`${code} ${reason} ${clean}`),
  })
}

const SENDABLE = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
]
const FORBIDDEN: readonly unknown[] = [
  0,
  999,
  1004,
  1005,
  1006,
  1015,
  1016,
  2000,
  2999,
  5000,
  65_536,
  -1,
  1000.5,
  Number.NaN,
  '1000',
  null,
  {},
]

/** How a session ends by a close frame. */
export const CLOSE: readonly Clause[] = [
  {
    id: 'ES-6.1',
    title: 'close sends its code and reason, and the session closes cleanly with them',
    async check(stage) {
      const stand = await stage.mount(tracing(stage))
      const client = await stand.connect()
      stand.session.close(4001, 'enough')
      assert.deepEqual(await stage.soon(client.closed, 'the end at the client'), {
        code: 4001,
        reason: 'enough',
      })
      await stage.until(() => stage.trace.has('4001 enough true'), 'the call of close')
      const plain = await stand.connect()
      stand.session.close()
      assert.deepEqual(await stage.soon(plain.closed, 'the end at the client'), { code: 1000, reason: '' })
      await stage.until(() => stage.trace.has('1000  true'), 'the call of close')
    },
  },
  {
    id: 'ES-6.2',
    title: 'a close frame of the peer is answered, and the session closes cleanly with its code and reason',
    async check(stage) {
      const stand = await stage.mount(tracing(stage))
      const client = await stand.connect()
      client.close(4002, 'bye')
      assert.equal((await stage.soon(client.closed, 'the answer to the close frame')).code, 4002)
      await stage.until(() => stage.trace.has('4002 bye true'), 'the call of close')
      assert.equal(stand.session.state, 'closed')
    },
  },
  {
    id: 'ES-6.3',
    title: 'a close frame without a code is reported as 1005, clean',
    async check(stage) {
      const stand = await stage.mount(tracing(stage))
      const client = await stand.connect()
      client.close()
      await stage.until(() => stage.trace.has('1005  true'), 'the call of close')
      assert.equal((await stage.soon(client.closed, 'the end at the client')).code, 1005)
    },
  },
  {
    id: 'ES-6.4',
    title: 'a connection that goes without a close frame is reported as 1006, not clean',
    async check(stage) {
      const stand = await stage.mount(tracing(stage))
      const client = await stand.connect()
      client.terminate()
      await stage.until(() => stage.trace.has('1006  false'), 'the call of close')
      if (!stage.capabilities.network) return
      const ending = await stand.connectRaw()
      ending.end()
      await stage.until(() => stage.trace.count('1006  false') === 2, 'the call of close after a FIN')
    },
  },
  {
    id: 'ES-6.5',
    title:
      'close takes 1000 to 1003, 1007 to 1014 and 3000 to 4999; 1005, 1006, 1015 and the rest are a TypeError',
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connect()
      for (const code of FORBIDDEN) {
        assert.throws(
          () => Reflect.apply(stand.session.close, stand.session, [code]),
          { name: 'TypeError', code: 'ES_ERR_CLOSE_ARGUMENT' },
          String(code),
        )
      }
      assert.throws(() => Reflect.apply(stand.session.close, stand.session, [1000, 5]), {
        code: 'ES_ERR_CLOSE_ARGUMENT',
      })
      client.send('still open')
      assert.equal(await stage.nextText(client), 'still open')
      for (const code of SENDABLE) {
        const each = await stand.connect()
        stand.session.close(code)
        assert.equal((await stage.soon(each.closed, `the end with ${code}`)).code, code)
      }
    },
  },
  {
    id: 'ES-6.6',
    title: 'a close reason is cut at 123 bytes of UTF-8, never inside a character',
    async check(stage) {
      const rows: [string, string][] = [
        ['x'.repeat(123), 'x'.repeat(123)],
        ['x'.repeat(124), 'x'.repeat(123)],
        ['é'.repeat(62), 'é'.repeat(61)],
        ['€'.repeat(41), '€'.repeat(41)],
        ['€'.repeat(42), '€'.repeat(41)],
        ['𝄞'.repeat(31), '𝄞'.repeat(30)],
        [`x${'𝄞'.repeat(31)}`, `x${'𝄞'.repeat(30)}`],
      ]
      const stand = await stage.mount(tracing(stage))
      for (const [reason, cut] of rows) {
        const client = await stand.connect()
        stand.session.close(1000, reason)
        assert.equal((await stage.soon(client.closed, 'the end at the client')).reason, cut)
        await stage.until(() => stage.trace.has(`1000 ${cut} true`), 'the call of close')
      }
    },
  },
  {
    id: 'ES-6.7',
    title: 'the first close counts: a later one, of either side, changes neither code nor reason',
    async check(stage) {
      const stand = await stage.mount(tracing(stage))
      const client = await stand.connect()
      stand.session.close(4001, 'first')
      stand.session.close(4002, 'second')
      assert.deepEqual(await stage.soon(client.closed, 'the end at the client'), {
        code: 4001,
        reason: 'first',
      })
      await stage.until(() => stage.trace.count() > 0, 'the call of close')
      stand.session.close(4004, 'afterwards')
      await stage.settle()
      assert.deepEqual(stage.trace.entries, ['4001 first true'])
      const crossing = await stand.connect()
      stand.session.close(4001, 'first')
      crossing.close(4003, 'third')
      await stage.soon(crossing.closed, 'the end at the client')
      await stage.until(() => stage.trace.count() > 1, 'the call of close')
      assert.deepEqual(stage.trace.entries, ['4001 first true', '4001 first true'])
    },
  },
  {
    id: 'ES-6.8',
    title: 'state is closing from the first close on, and closed when the connection has gone',
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connect()
      const { session } = stand
      assert.equal(session.state, 'open')
      client.pause()
      session.close(1000)
      assert.equal(session.state, 'closing')
      client.resume()
      await stage.soon(client.closed, 'the end at the client')
      await stage.until(() => session.state === 'closed', 'the state closed')
      session.terminate()
      assert.equal(session.state, 'closed')
    },
  },
  {
    id: 'ES-6.9',
    title: 'terminate drops the connection at once, without a close frame: 1006, not clean',
    async check(stage) {
      const stand = await stage.mount(tracing(stage))
      const client = await stand.connect()
      stand.session.terminate()
      assert.equal((await stage.soon(client.closed, 'the end at the client')).code, 1006)
      await stage.until(() => stage.trace.has('1006  false'), 'the call of close')
      assert.equal(stand.session.send('late'), false)
      const closing = await stand.connect()
      closing.pause()
      stand.session.close(4000)
      stand.session.terminate()
      await stage.until(
        () => stage.trace.has('4000  false'),
        'the call of close with the code that came first',
      )
    },
  },
  {
    id: 'ES-6.10',
    title: 'a peer that does not finish the closing handshake within closeTimeoutMs is dropped: not clean',
    async check(stage) {
      const stand = await stage.mount(tracing(stage), { closeTimeoutMs: 5_000 })
      const client = await stand.connect()
      client.pause()
      stand.session.close(4000)
      await stage.settle()
      await stage.advance(4_000, 500)
      assert.equal(stage.trace.count(), 0)
      await stage.advance(1_500, 500)
      await stage.until(() => stage.trace.count() > 0, 'the end of the session')
      assert.deepEqual(stage.trace.entries, ['4000  false'])
      client.resume()
      await stage.soon(client.closed, 'the end at the client')
    },
  },
  {
    id: 'ES-6.11',
    title:
      'nothing that the peer sends puts off the end of a closing session, be it pongs, pings or messages',
    async check(stage) {
      const stand = await stage.mount(tracing(stage), { closeTimeoutMs: 5_000 })
      const client = await stand.connect()
      client.pause()
      stand.session.close(4000)
      for (let second = 0; second < 6; second++) {
        client.pong(Buffer.from('I live'))
        client.ping()
        client.send('I live')
        await stage.settle()
        await stage.advance(1_000)
      }
      await stage.until(() => stage.trace.count() > 0, 'the end of the session')
      assert.deepEqual(stage.trace.entries, ['4000  false'])
    },
  },
  {
    id: 'ES-6.12',
    title: 'a peer that breaks the protocol gets 1002, and the session is reported with it',
    needs: ['network'],
    async check(stage) {
      const breaches: Record<string, (client: NetworkClient) => void> = {
        'a frame without a mask': (client) =>
          client.sendFrame(Opcode.text, Buffer.from('x'), { masked: false }),
        'a reserved bit': (client) => client.sendFrame(Opcode.text, Buffer.from('x'), { rsv: 1 }),
        'a reserved opcode': (client) => client.sendFrame(3, Buffer.from('x')),
        'a ping in fragments': (client) => client.sendFrame(Opcode.ping, Buffer.from('x'), { fin: false }),
        'a continuation of nothing': (client) => client.sendFrame(Opcode.continuation, Buffer.from('x')),
        'a close code of 1005': (client) => client.sendFrame(Opcode.close, closePayload(1005)),
        'a close frame of one byte': (client) => client.sendFrame(Opcode.close, Buffer.from('x')),
      }
      const stand = await stage.mount(tracing(stage))
      for (const [index, [what, breach]] of Object.entries(breaches).entries()) {
        const client = await stand.connectRaw()
        breach(client)
        assert.equal((await stage.soon(client.closed, `the end after ${what}`)).code, 1002, what)
        await stage.until(() => stage.trace.count() === index + 1, `the call of close after ${what}`)
        assert.match(stage.trace.entries.at(-1) ?? '', /^1002 /, what)
        assert.equal(stand.observed.codes.at(-1), 'ES_ERR_PROTOCOL', what)
      }
    },
  },
]
