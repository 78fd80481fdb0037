import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { isCollected } from '@echosession/probe'
import { type AnswerHead, AnswerStream, type AnswerTarget } from '../dist/answer-stream.js'

/** An answer stream whose owner does with the head as it is told, and notes what it is given. */
function createStream(mode: 'forward' | 'discard' | 'tunnel' = 'forward') {
  const heads: AnswerHead[] = []
  const forwarded: Buffer[] = []
  const stream = new AnswerStream({
    answered(head) {
      heads.push(head)
      return mode
    },
    forward(chunk, done) {
      forwarded.push(Buffer.from(chunk))
      setImmediate(done)
    },
    finished() {},
    readMore() {},
  })
  return { stream, heads, text: () => Buffer.concat(forwarded).toString('latin1') }
}

const ANSWER = 'HTTP/1.1 403 Forbidden\r\nX-Reason: caf\u00e9\r\nConnection: keep-alive\r\n\r\nno'
const OUT = 'HTTP/1.1 403 Forbidden\r\nX-Reason: caf\u00e9\r\nConnection: close\r\n\r\nno'
const LINES = ['X-Reason: caf\u00e9', 'Connection: keep-alive']

const bytes = Buffer.from(ANSWER, 'latin1')

for (const [what, write] of [
  ['a string', (stream) => stream.end(ANSWER, 'latin1')],
  ['a Buffer', (stream) => stream.end(bytes)],
  ['a Uint8Array', (stream) => stream.end(new Uint8Array(bytes))],
  [
    'a Uint8Array, written',
    (stream) => {
      stream.write(new Uint8Array(bytes))
      stream.end()
    },
  ],
  [
    'single bytes',
    (stream) => {
      for (const byte of bytes) stream.write(Buffer.of(byte))
      stream.end()
    },
  ],
  [
    'pieces, while it is corked',
    (stream) => {
      stream.cork()
      stream.write(ANSWER.slice(0, 30), 'latin1')
      stream.write(ANSWER.slice(30), 'latin1')
      stream.uncork()
      stream.end()
    },
  ],
] as [string, (stream: AnswerStream) => void][]) {
  test(`an answer that comes as ${what} is looked at once and goes on whole, but for what is said of the connection`, async () => {
    const { stream, heads, text } = createStream()
    write(stream)
    await once(stream, 'finish')
    assert.deepEqual(heads, [{ status: 403, lines: LINES }])
    assert.equal(text(), OUT)
  })
}

for (const mode of ['forward', 'discard', 'tunnel'] as const) {
  test(`whoever writes is told when it is done, in order and not before the write has returned: ${mode}`, async () => {
    const { stream } = createStream(mode)
    const told: string[] = []
    stream.write(ANSWER.slice(0, 10), () => told.push('piece'))
    stream.write(ANSWER.slice(10), 'latin1', () => told.push('head'))
    stream.write('', 'latin1', () => told.push('nothing'))
    stream.write('body', null as unknown as 'latin1', () => told.push('body'))
    stream.write('more', 'latin1', null as unknown as () => void)
    assert.equal(told.length, 0)
    stream.end(() => told.push('end'))
    await once(stream, 'finish')
    assert.deepEqual(told, ['piece', 'head', 'nothing', 'body', 'end'])
  })
}

test('what goes nowhere is not forwarded, and a host that waits for room in between gets it', async () => {
  const { stream, text } = createStream('discard')
  stream.write(ANSWER)
  assert.equal(stream.write(Buffer.alloc(100_000)), false)
  await once(stream, 'drain')
  assert.equal(text(), '')
})

test('what is no chunk is refused as by any stream, before the head and after it', () => {
  for (const head of ['', ANSWER]) {
    const { stream } = createStream('discard')
    stream.write(head)
    for (const chunk of [null, 7, {}]) {
      assert.throws(
        () => stream.write(chunk as unknown as string),
        /ERR_(?:INVALID_ARG_TYPE|STREAM_NULL_VALUES)/,
      )
    }
  }
})

test('a write behind the end, or behind the destruction, is an error of the stream, not a head', async () => {
  for (const finish of ['end', 'destroy'] as const) {
    const { stream, heads } = createStream()
    stream.on('error', () => {})
    stream[finish]()
    await new Promise<void>((resolve) =>
      stream.write(ANSWER, 'latin1', (error) => {
        assert.match(
          String((error as NodeJS.ErrnoException | null)?.code),
          /ERR_STREAM_(?:WRITE_AFTER_END|DESTROYED)/,
        )
        resolve()
      }),
    )
    assert.deepEqual(heads, [])
  }
})

test('a stream whose answer goes nowhere lets go of whose it was: a host may keep it for as long as the session lives', async () => {
  const create = () => {
    const target: AnswerTarget = {
      answered: () => 'discard',
      forward: () => {},
      finished() {},
      readMore() {},
    }
    const stream = new AnswerStream(target)
    stream.write(ANSWER)
    return { stream, target: new WeakRef(target) }
  }
  const { stream, target } = create()
  assert.equal(await isCollected(target), true)
  stream.destroy()
})
