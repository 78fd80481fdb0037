import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EchoSession, Observer, SessionsOptions } from '../dist/index.js'
import { settle, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

/** A peer that is behind by ten bytes, of which five are the mark, and twenty may wait. */
function behind(observer: Observer = {}, options: SessionsOptions = {}) {
  const port = new RecordingPort()
  port.holding = true
  const dropped: number[] = []
  const limits = { highWaterBytes: 5, maxBufferedBytes: 20, slowConsumer: 'latest' } as const
  const opened = startSession({}, { ...limits, ...options, observer }, port)
  opened.sessions.observe({ onDrop: (_, bytes) => void dropped.push(bytes) })
  opened.session.send('0123456789')
  const texts = () => port.sent.slice(1).map(({ data }) => String(data))
  const put = (key: string, text: string) => opened.session.send(text, { key })
  return { ...opened, dropped, texts, put }
}

test('ES-4.12: what has a key and does not fit is kept, the latest of each key, and goes out by the last change', () => {
  const { put, port, texts, dropped, session, sessions } = behind({}, { highWaterBytes: 20 })
  assert.equal(put('a', 'a1 ........'), false)
  assert.equal(put('b', 'b ...........'.slice(0, 11)), false)
  assert.deepEqual(dropped, [11], 'the older gives way: both are more than may be kept')
  assert.equal(put('b', 'b2 ........'), false)
  assert.deepEqual([dropped, texts()], [[11, 11], []])
  assert.equal(session.bufferedBytes, 10 + 11)
  assert.equal(sessions.counters().bufferedBytes, 21)
  port.release()
  assert.deepEqual(texts(), ['b2 ........'])
  assert.deepEqual([sessions.counters().dropped, sessions.counters().messagesOut], [2, 2])
})

test('ES-4.12: a key that changes again moves behind those that have not', () => {
  const { put, port, texts } = behind({}, { maxBufferedBytes: 10 })
  for (const [key, text] of [
    ['a', 'a1'],
    ['b', 'b1'],
    ['c', 'c1'],
    ['a', 'a2'],
  ] as const) {
    put(key, text)
  }
  port.holding = false
  port.release()
  assert.deepEqual(texts(), ['b1', 'c1', 'a2'])
})

test('ES-4.12: what is kept goes out as far as the peer takes it, the rest when it has caught up again', async () => {
  const drained: string[] = []
  const { put, port, texts, session } = behind({}, { maxBufferedBytes: 10 })
  void session.drained().then(() => drained.push('drained'))
  for (const key of ['a', 'b', 'c']) put(key, `${key}..`)
  port.release()
  assert.deepEqual(texts(), ['a..', 'b..'])
  await settle()
  assert.deepEqual([drained, port.paused], [[], true], 'the peer is behind again by what was kept')
  port.release()
  assert.deepEqual(texts(), ['a..', 'b..', 'c..'])
  await settle()
  assert.deepEqual([drained, port.paused], [['drained'], false])
})

test('ES-4.12: a message that fits goes out at once, and makes what is kept under its key out of date', () => {
  const { put, port, texts, dropped } = behind()
  put('a', 'too large: ')
  put('b', 'large, too.')
  assert.deepEqual(dropped, [11])
  put('b', 'small')
  assert.deepEqual(texts(), ['small'])
  assert.deepEqual(dropped, [11, 11])
  port.holding = false
  port.release()
  assert.deepEqual(texts(), ['small'], 'never the older one behind the newer')
})

test('ES-4.12: without a key, or alone too large to be kept, what does not fit is dropped and counted', () => {
  const { session, put, dropped, sessions, port, texts } = behind()
  assert.equal(session.send('no key.....'), false)
  assert.equal(put('a', 'x'.repeat(21)), false)
  assert.deepEqual(dropped, [11, 21])
  assert.equal(sessions.everyone().send('y'.repeat(21), { key: 'a' }), 0)
  assert.equal(sessions.everyone().send('kept.......', { key: 'a' }), 1, 'what is kept counts as sent')
  port.release()
  assert.deepEqual(texts(), ['kept.......'])
  assert.equal(sessions.counters().dropped, 3)
})

test('ES-4.12: what is kept when the session closes or is lost is dropped and counted', () => {
  for (const end of ['close', 'terminate', 'closed'] as const) {
    const { put, session, sink, dropped, texts, port } = behind()
    put('a', 'eleven byte')
    if (end === 'closed') sink.closed(1006, '')
    else session[end]()
    assert.deepEqual(dropped, [11], end)
    port.release()
    assert.deepEqual(texts(), [], end)
    assert.equal(put('a', 'late'), false)
    assert.equal(session.bufferedBytes, end === 'closed' ? 0 : port.bufferedBytes)
  }
})

test('ES-4.12: an observer of drops that sends in turn overtakes nothing and passes no limit', () => {
  let session: EchoSession | undefined
  const opened = behind({
    onDrop() {
      const again = session
      session = undefined
      again?.send('nested', { key: 'a' })
    },
  })
  opened.put('a', 'eleven byte')
  session = opened.session
  opened.put('a', 'outer')
  assert.deepEqual(opened.texts(), ['outer'], 'the nested message does not fit any more')
  opened.port.holding = false
  opened.port.release()
  assert.deepEqual(opened.texts(), ['outer', 'nested'])
})
