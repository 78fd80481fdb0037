import assert from 'node:assert/strict'
import { defineSession, type Message } from '@echosession/core'
import { Opcode } from '../../wire/frame.js'
import type { Clause } from '../clause.js'
import type { ContractClient } from '../contract-client.js'
import { echo } from '../echo.js'
import type { Stage } from '../stage.js'

const EMPTY = new Uint8Array(0)
const TEXTS = ['hello', 'a\0b', '\uFEFFmark', 'é€𝄞', '\u202Eabc', 'x'.repeat(70_000)]
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, n) => n)

async function echoes(stage: Stage, client: ContractClient, data: string | Uint8Array): Promise<void> {
  client.send(data)
  const message = await stage.soon(client.next(), 'the echo')
  assert.equal(message?.type, typeof data === 'string' ? 'text' : 'binary')
  assert.ok(Buffer.from(data).equals(message?.bytes ?? EMPTY), 'the bytes of the echo')
}

/** Messages that come in. */
export const MESSAGES: readonly Clause[] = [
  {
    id: 'ES-3.1',
    title: 'text stays text, byte for byte, in both directions',
    async check(stage) {
      const client = await (await stage.mount(echo)).connect()
      for (const text of TEXTS) await echoes(stage, client, text)
    },
  },
  {
    id: 'ES-3.2',
    title: 'binary stays binary, byte for byte, in both directions',
    async check(stage) {
      const client = await (await stage.mount(echo)).connect()
      const rows = [
        EVERY_BYTE,
        Buffer.from('looks like text'),
        Buffer.alloc(70_000, EVERY_BYTE),
        Uint8Array.of(0),
      ]
      for (const bytes of rows) await echoes(stage, client, bytes)
    },
  },
  {
    id: 'ES-3.3',
    title: 'a message of no bytes is a message, and keeps its type',
    async check(stage) {
      const client = await (await stage.mount(echo)).connect()
      await echoes(stage, client, '')
      await echoes(stage, client, EMPTY)
    },
  },
  {
    id: 'ES-3.4',
    title: 'fragments make one message, also with control frames between them and a character split over two',
    needs: ['network'],
    async check(stage) {
      const stand = await stage.mount(echo)
      const client = await stand.connectRaw()
      const bytes = Buffer.from('a€b')
      client.sendFrame(Opcode.text, bytes.subarray(0, 2), { fin: false })
      client.ping(Buffer.from('between'))
      client.sendFrame(Opcode.continuation, EMPTY, { fin: false })
      client.sendFrame(Opcode.continuation, bytes.subarray(2))
      assert.equal(await stage.nextText(client), 'a€b')
      assert.equal(Buffer.from(client.pongs[0] ?? EMPTY).toString(), 'between')
      assert.equal(client.received.length, 1)
      assert.equal(stand.sessions.counters().messagesIn, 1)
    },
  },
  {
    id: 'ES-3.5',
    title: 'text that is not UTF-8 is not delivered and ends the session with 1007',
    async check(stage) {
      const wrong = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf]]
      for (const bytes of wrong) {
        const stand = await stage.mount(
          defineSession({
            message: () => stage.trace.add('message'),
            close: (_session, { code }) => stage.trace.add(`close ${code}`),
          }),
        )
        const client = await stand.connect()
        const before = stage.trace.count('close 1007')
        client.sendText(Uint8Array.from(bytes))
        assert.equal((await stage.soon(client.closed, 'the end of the session')).code, 1007)
        await stage.until(() => stage.trace.count('close 1007') > before, 'the call of close with 1007')
      }
      assert.equal(stage.trace.count('message'), 0)
    },
  },
  {
    id: 'ES-3.6',
    title: 'a message is decoded when it is asked to: text and json, which throw when it is neither',
    async check(stage) {
      const got: Message[] = []
      const stand = await stage.mount(
        defineSession({ message: (_session, message) => void got.push(message) }),
      )
      const client = await stand.connect()
      client.send('{"a":[1,null]}')
      client.send(Buffer.from('"bytes"'))
      client.send(Uint8Array.of(0xff))
      client.send('no json')
      client.send('\uFEFFx')
      await stage.until(() => got.length === 5, 'the messages')
      const [json, bytes, binary, text, marked] = got
      assert.deepEqual(json?.json(), { a: [1, null] })
      assert.equal(bytes?.json(), 'bytes')
      assert.throws(() => binary?.text(), { name: 'TypeError' })
      assert.throws(() => text?.json(), SyntaxError)
      assert.equal(marked?.text(), '\uFEFFx', 'a byte order mark is part of the text')
    },
  },
]
