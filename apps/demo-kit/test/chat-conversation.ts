import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ChatClient } from './chat-client.js'
import { refused } from './handshake.js'

/** What is no line of the chat, and what is said about it. */
const HOSTILE: readonly (readonly [what: string, line: string | Buffer, sentence: RegExp])[] = [
  ['no JSON', 'hello', /^That is no JSON; say .+\.$/],
  ['nothing', '', /^That is no JSON; /],
  ['half of an object', '{"type":"message"', /^That is no JSON; /],
  ['bytes', Buffer.from('{"type":"message","text":"x"}'), /^That is no text; /],
  ['a number', '1', /^That is no JSON object; /],
  ['a list', '["message","x"]', /^That is no JSON object; /],
  ['null', 'null', /^That is no JSON object; /],
  ['no type', '{}', /^There is no such type of line; /],
  ['another type', '{"type":"presence"}', /^There is no such type of line; /],
  ['a type that every object inherits', '{"type":"toString"}', /^There is no such type of line; /],
  [
    'a type from a prototype',
    '{"__proto__":{"type":"message","text":"x"}}',
    /^There is no such type of line; /,
  ],
  [
    'a text from a prototype',
    '{"type":"message","__proto__":{"text":"x"}}',
    /^A line has a type and text, nothing else\.$/,
  ],
  [
    'one key too many',
    '{"type":"message","text":"x","name":"y"}',
    /^A line has a type and text, nothing else\.$/,
  ],
  ['a huge number', `{"type":"message","text":1e${'9'.repeat(300)}}`, /^The text of a message is /],
  ['a text that is an object', '{"type":"message","text":{"toString":1}}', /^The text of a message is /],
  ['an empty text', '{"type":"message","text":" \\n "}', /^The text of a message is /],
  ['a text over the limit', `{"type":"message","text":"${'x'.repeat(2_001)}"}`, /^The text of a message is /],
  ['half of a surrogate pair', '{"type":"message","text":"\\ud83d"}', /^The text of a message is /],
  [
    'a line over the limit',
    `{"type":"message","text":"${'x'.repeat(17_000)}"}`,
    /^A line has at most 16384 bytes\.$/,
  ],
  ['great depth', `${'['.repeat(8_000)}${']'.repeat(8_000)}`, /^That is no JSON object; /],
  ['great depth without an end', '['.repeat(16_000), /^That is no JSON; /],
  [
    'great depth of a text',
    `{"type":"message","text":${'['.repeat(7_000)}${']'.repeat(7_000)}}`,
    /^The text of /,
  ],
  ['a second name', '{"type":"hello","name":"Bob"}', /^You are Eve already\.$/],
  ['a name that is none', '{"type":"hello","name":7}', /^A name is /],
]

const WRONG_NAMES = ['', ' ', 'x'.repeat(33), 'a\nb', 'a\u0000', '\u202Egnp.exe', '\u200B']

/** Registers the conversation that the chat of every demo has to hold. */
export function testChat(urlOf: () => string): void {
  const room = (name: string) => `${urlOf()}/chat/${encodeURIComponent(name)}`

  it('APP-19 chats: who is there, who comes, what is said, and who leaves', async () => {
    const ada = await ChatClient.enter(`${room('tea')}?name=Ada`)
    assert.deepEqual(await ada.next(), { type: 'presence', name: 'Ada', names: ['Ada'] })
    const bob = await ChatClient.enter(room('tea'))
    bob.say({ type: 'hello', name: '  Bób 🙂 ' })
    assert.deepEqual(await bob.next(), { type: 'presence', name: 'Bób 🙂', names: ['Ada', 'Bób 🙂'] })
    assert.deepEqual(await ada.next(), { type: 'join', name: 'Bób 🙂' })
    for (const [who, name, text] of [
      [bob, 'Bób 🙂', 'hello 你好'],
      [ada, 'Ada', 'x'.repeat(2_000)],
    ] as const) {
      who.say({ type: 'message', text })
      for (const client of [ada, bob]) assert.deepEqual(await client.next(), { type: 'message', name, text })
    }
    bob.close()
    assert.equal(await bob.closed, 1000)
    assert.deepEqual(await ada.next(), { type: 'leave', name: 'Bób 🙂' })
    const carol = await ChatClient.enter(`${room('tea')}?name=Carol`)
    assert.deepEqual(await carol.next(), { type: 'presence', name: 'Carol', names: ['Ada', 'Carol'] })
    assert.deepEqual(await ada.next(), { type: 'join', name: 'Carol' })
    carol.terminate()
    assert.deepEqual(await ada.next(), { type: 'leave', name: 'Carol' })
    ada.terminate()
  })

  it('APP-20 keeps the rooms of the chat apart, whatever they are called', async () => {
    const names = ['one', 'zwei Räume', '部屋', 'a?b#c%d', '__proto__']
    const clients = await Promise.all(names.map((name) => ChatClient.enter(`${room(name)}?name=Ada`)))
    for (const [at, client] of clients.entries()) {
      assert.deepEqual(await client.next(), { type: 'presence', name: 'Ada', names: ['Ada'] })
      client.say({ type: 'message', text: `only in ${at}` })
    }
    for (const [at, client] of clients.entries()) {
      assert.deepEqual(await client.next(), { type: 'message', name: 'Ada', text: `only in ${at}` })
      client.terminate()
    }
  })

  it('APP-21 answers what is no line of the chat with one error each, and the session goes on', async () => {
    const eve = await ChatClient.enter(`${room('hostile')}?name=Eve`)
    await eve.next()
    for (const [what, line, sentence] of HOSTILE) {
      eve.say(line)
      const { type, error, ...rest } = (await eve.next()) as { type: string; error: string }
      assert.equal(type, 'error', what)
      assert.match(error, sentence, what)
      assert.deepEqual(rest, {}, what)
    }
    eve.say({ type: 'message', text: 'still here' })
    assert.deepEqual(await eve.next(), { type: 'message', name: 'Eve', text: 'still here' })
    eve.close()
    assert.equal(await eve.closed, 1000)
  })

  it('APP-22 asks for a name before the first message, and for one that is a name', async () => {
    const eve = await ChatClient.enter(room('names'))
    const say = async (line: object) => {
      eve.say(line)
      return eve.next()
    }
    assert.deepEqual(await say({ type: 'message', text: 'hi' }), {
      type: 'error',
      error: 'Say who you are first: {"type":"hello","name":"…"}.',
    })
    for (const name of WRONG_NAMES) {
      const answer = await say({ type: 'hello', name })
      assert.match(JSON.stringify(answer), /"error":"A name is 1 to 32 /, JSON.stringify(name))
    }
    assert.deepEqual(await say({ type: 'hello', name: '__proto__' }), {
      type: 'presence',
      name: '__proto__',
      names: ['__proto__'],
    })
    eve.terminate()
  })

  it('APP-23 refuses a name or a room that is none with 400, and a chat without a room with 404', async () => {
    for (const name of WRONG_NAMES) {
      const { status, body } = await refused(`${room('tea')}?name=${encodeURIComponent(name)}`)
      assert.equal(status, 400)
      assert.match(body, /^A name is 1 to 32 [^\n]+\.\n$/)
    }
    for (const name of ['x'.repeat(33), 'a\u0007b', '\u202E']) {
      const { status, body } = await refused(`${room(name)}?name=Ada`)
      assert.equal(status, 400)
      assert.match(body, /^A room is named by 1 to 32 [^\n]+\.\n$/)
    }
    assert.equal((await refused(`${urlOf()}/chat`)).status, 404)
    assert.equal((await refused(`${room('tea')}/more`)).status, 404)
  })
}
