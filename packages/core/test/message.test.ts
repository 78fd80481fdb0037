import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { Message } from '../dist/index.js'
import { isMessage, toBytes } from '../dist/message.js'
import { startSession } from './open-session.js'

const wrong = { name: 'TypeError', code: 'ES_ERR_MESSAGE_TYPE' }
const foreign = createContext({})

test('text is decoded when asked for, with its byte order mark', () => {
  assert.equal(new Message('text', new TextEncoder().encode('\ufeffhé')).text(), '\ufeffhé')
  assert.equal(new Message('text', new Uint8Array(0)).text(), '')
})

test('bytes that are not UTF-8 throw a TypeError when they are read as text, each time', () => {
  const message = new Message('binary', Uint8Array.of(0xff, 0xfe))
  for (let time = 0; time < 3; time++) assert.throws(() => message.text(), TypeError)
  assert.equal(new Message('binary', Uint8Array.of(0x61)).text(), 'a')
})

test('JSON is parsed, without touching any prototype', () => {
  const message = new Message('text', new TextEncoder().encode('{"__proto__":{"polluted":1},"a":[1]}'))
  const parsed = message.json() as { a: number[]; polluted?: number }
  assert.deepEqual(parsed.a, [1])
  assert.equal(parsed.polluted, undefined)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
  assert.throws(() => new Message('text', new TextEncoder().encode('{')).json(), SyntaxError)
})

const accepted: readonly [string, unknown, readonly number[]][] = [
  ['a Uint8Array', Uint8Array.of(1, 2), [1, 2]],
  ['a Buffer', Buffer.from([1, 2]), [1, 2]],
  ['a view of a part', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), [2, 3]],
  ['an ArrayBuffer', Uint8Array.of(1, 2).buffer, [1, 2]],
  ['an empty ArrayBuffer', new ArrayBuffer(0), []],
  ['an empty Uint8Array', new Uint8Array(0), []],
  ['a view of shared memory', new Uint8Array(new SharedArrayBuffer(2)), [0, 0]],
  ["another realm's Uint8Array", runInContext('Uint8Array.of(1, 2)', foreign), [1, 2]],
  ["another realm's ArrayBuffer", runInContext('Uint8Array.of(1, 2).buffer', foreign), [1, 2]],
  [
    'a Uint8Array that calls itself something else',
    Object.defineProperty(Uint8Array.of(1), Symbol.toStringTag, { value: 'Number' }),
    [1],
  ],
]

for (const [name, data, bytes] of accepted) {
  test(`${name} is taken as the bytes that it shows`, () => {
    assert.deepEqual([...toBytes(data)], bytes)
  })
}

function detachedView(): Uint8Array {
  const bytes = Uint8Array.of(1, 2, 3)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

function detachedBuffer(): ArrayBuffer {
  const { buffer } = Uint8Array.of(1, 2, 3)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

// `resizable` is newer than the library that this is compiled against.
function shrunkView(): unknown {
  return runInContext(
    'const buffer = new ArrayBuffer(8, { maxByteLength: 16 }); const view = new Uint8Array(buffer, 4); buffer.resize(2); view',
    foreign,
  )
}

const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()

const refused: readonly [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 42],
  ['a huge number', 2 ** 31],
  ['a bigint', 42n],
  ['a boolean', true],
  ['a symbol', Symbol('x')],
  ['a function', () => 'x'],
  ['an object', {}],
  ['an array of bytes', [1, 2, 3]],
  ['an array-like', { length: 1_000_000_000 }],
  ['a String object', Object('text')],
  ['a Date', new Date(0)],
  ['a Blob', new Blob(['x'])],
  ['a promise', Promise.resolve('x')],
  ['an Int8Array', new Int8Array(2)],
  ['a Uint16Array', new Uint16Array(2)],
  ['a Uint8ClampedArray', new Uint8ClampedArray(2)],
  ['a Float64Array', new Float64Array(2)],
  ['a DataView', new DataView(new ArrayBuffer(2))],
  ['a SharedArrayBuffer', new SharedArrayBuffer(2)],
  ["another realm's array", runInContext('[1, 2]', foreign)],
  ['something that calls itself a Uint8Array', { [Symbol.toStringTag]: 'Uint8Array', length: 8 }],
  ['something that calls itself an ArrayBuffer', { [Symbol.toStringTag]: 'ArrayBuffer', length: 8 }],
  ['something with the prototype of Uint8Array', Object.create(Uint8Array.prototype)],
  ['a proxy of a Uint8Array', new Proxy(Uint8Array.of(1), {})],
  ['a proxy that throws at everything', new Proxy({}, { getPrototypeOf: () => assert.fail('looked at') })],
  ['a revoked proxy', revoked],
  ['a detached Uint8Array', detachedView()],
  ['a detached ArrayBuffer', detachedBuffer()],
  ['a view whose buffer has shrunk from under it', shrunkView()],
  [
    'a Message whose bytes are a number',
    { [Symbol.for('@echosession/core.message')]: true, type: 'text', bytes: 8 },
  ],
  ['a Message whose bytes are detached', new Message('binary', detachedView())],
]

for (const [name, data] of refused) {
  test(`CVE-2016-10518: sending ${name} is a TypeError before a byte leaves`, () => {
    const { session, port } = startSession({})
    assert.throws(() => session.send(data as string), wrong)
    assert.deepEqual(port.calls, [])
  })
}

test('an argument error says what is detached and what to do', () => {
  assert.throws(() => toBytes(detachedView()), /whose buffer is detached\. Encode other values first/)
  assert.throws(() => toBytes(7), /was given 7\. Encode/)
})

const pieces = () => [Uint8Array.of(0xc3), Uint8Array.of(), Uint8Array.of(0xa9, 0x21)]

test('a message in pieces is joined when it is read, and once', () => {
  const message = new Message('text', pieces())
  assert.equal(message.size, 3)
  assert.equal(message.text(), 'é!')
  assert.equal(message.bytes, message.bytes)
  assert.deepEqual(message.bytes, Uint8Array.of(0xc3, 0xa9, 0x21))
  assert.equal(new Message('binary', []).bytes.length, 0)
})

test('a message in pieces is passed on in pieces by a transport that can, and joined by one that cannot', () => {
  const able = startSession({})
  const inPieces: unknown[] = []
  Object.assign(able.port, {
    sendPieces: (...given: readonly unknown[]) => void inPieces.push(given),
  })
  const own = pieces()
  able.session.send(new Message('text', own))
  assert.deepEqual(inPieces, [[own, 'text']])
  assert.equal((inPieces[0] as unknown[])[0], own)
  assert.deepEqual(able.port.calls, [])

  const unable = startSession({})
  unable.session.send(new Message('binary', own))
  assert.deepEqual(unable.port.sent, [{ data: Uint8Array.of(0xc3, 0xa9, 0x21), type: 'binary' }])
})

test('bytes of a message in pieces that a handler has changed go out as it left them', () => {
  const { session, port } = startSession({})
  Object.assign(port, { sendPieces: () => assert.fail('in pieces') })
  const message = new Message('binary', pieces())
  message.bytes[2] = 0x3f
  session.send(message)
  assert.deepEqual(port.sent, [{ data: Uint8Array.of(0xc3, 0xa9, 0x3f), type: 'binary' }])
})

test('a message in pieces that does not fit is no more than any other', () => {
  const { session, port } = startSession({}, { maxBufferedBytes: 4, highWaterBytes: 2, slowConsumer: 'drop' })
  Object.assign(port, { sendPieces: () => assert.fail('sent') })
  port.bufferedBytes = 3
  assert.equal(session.send(new Message('binary', pieces())), false)
  assert.deepEqual(
    port.calls.filter((call) => call.startsWith('send')),
    [],
  )
})

test('a message goes out as the type that it came with, over its own bytes', () => {
  const { session, port } = startSession({})
  const bytes = Uint8Array.of(104, 105)
  session.send('text')
  session.send(bytes)
  session.send(new Message('text', bytes))
  session.send(new Message('binary', bytes))
  session.send(new Message('binary', new Uint8Array(0)))
  assert.deepEqual(
    port.sent.map(({ type }) => type),
    ['text', 'binary', 'text', 'binary', 'binary'],
  )
  assert.equal(port.sent[1]?.data, bytes)
  assert.equal(port.sent[2]?.data, bytes)
})

test('a message of a second copy of this package is a message all the same', async () => {
  const copy: string = '../dist/message.js?copy'
  const second: { Message: typeof Message } = await import(copy)
  const message = new second.Message('text', Uint8Array.of(0x61))
  assert.equal(message instanceof Message, false)
  assert.equal(isMessage(message), true)
  const hostile = new Proxy(message, {
    get() {
      throw new Error('looked at')
    },
  })
  for (const other of [{}, null, undefined, 'text', { type: 'text', bytes: Uint8Array.of(1) }, hostile]) {
    assert.equal(isMessage(other), false)
  }
})
