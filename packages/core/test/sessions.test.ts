import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions, type RejectEvent } from '../dist/index.js'
import { memoryRequestSource } from '../dist/memory/memory-request.js'
import { openSession, startSession } from './open-session.js'
import { RecordingPort } from './recording-port.js'

test('a request that is refused before its route is known is counted and told', () => {
  const rejections: RejectEvent[] = []
  const sessions = createSessions({ observer: { onReject: (event) => void rejections.push(event) } })
  assert.equal(sessions.check(memoryRequestSource({})), undefined)
  assert.equal(sessions.check(memoryRequestSource({ target: '//a?secret' }))?.status, 400)
  assert.equal(sessions.refuse(memoryRequestSource({}), 'ES_ERR_DRAINING').headers['Retry-After'], '5')
  assert.equal(sessions.refuse(memoryRequestSource({}), 'ES_ERR_TARGET').headers['Retry-After'], undefined)
  assert.deepEqual(
    rejections.map(({ code, path }) => [code, path]),
    [
      ['ES_ERR_TARGET', '//a'],
      ['ES_ERR_DRAINING', '/'],
      ['ES_ERR_TARGET', '/'],
    ],
  )
  assert.equal(sessions.counters().rejected, 3)
})

test('going through the sessions is not disturbed by those that come and go meanwhile', () => {
  const first = startSession({})
  const { sessions } = first
  const ports = [first.port, new RecordingPort(), new RecordingPort()]
  for (const port of ports.slice(1)) openSession({}, {}, port, sessions).start()
  let seen = 0
  for (const session of sessions) {
    seen++
    ports[seen - 1]?.sink?.closed(1006, '')
    openSession({}, {}, new RecordingPort(), sessions).start()
    assert.equal(session.state, 'closed')
  }
  assert.equal(seen, 3)
  assert.equal(sessions.size, 3)
})
